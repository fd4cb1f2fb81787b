//! The newest entries that somebody wants, read backwards: the last twenty of a million come at once.

use std::collections::VecDeque;

use super::extent::Stretch;
use super::{Chain, Extent, Place, ReadError, Reader};
use crate::access_log::entry::{LINE_LIMIT, Opened};
use crate::access_log::log::LogError;
use crate::sealed::checkpoint::Progress;

/// Bytes read first: some fifty entries, more than one line has. Each further block has twice as many.
const FIRST: u64 = 2 * LINE_LIMIT as u64;
/// Bytes of the largest block: a few thousand entries.
const LARGEST: u64 = 64 * LINE_LIMIT as u64;

impl Reader<'_> {
    /// What `work` makes of the newest `wanted` entries of `extent` of which it makes something, oldest
    /// first. Older ones are not read, but for some that stand just before. A fault in what is read, or
    /// where one block continues the other, ends the reading. `progress` is told bytes.
    pub fn newest<T: Send>(
        &self,
        extent: &Extent,
        wanted: u64,
        progress: Progress<'_>,
        work: impl Fn(Opened) -> Option<T> + Sync,
    ) -> Result<Vec<T>, ReadError> {
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let total = extent.bytes();
        let mut left = extent.clone();
        let mut length = FIRST;
        let mut found = VecDeque::new();
        let mut later = None;
        while found.len() < wanted {
            let Some(block) = left.take_end(self.disk, length)? else { break };
            let done = total - left.bytes() - block.bytes();
            let tell = |bytes: u64, _| progress((done + bytes).min(total), total);
            let (first_line, mut here) =
                self.block(&block, later.take(), wanted - found.len(), &tell, &work)?;
            while let Some(made) = here.pop_back() {
                found.push_front(made);
            }
            later = first_line;
            length = (2 * length).min(LARGEST);
        }
        Ok(found.into())
    }

    /// Reads a block and, so that the chain is checked across its end, the first line of the one after it,
    /// which gives nothing. Hands back the block's own first line and the newest `wanted` that were made.
    fn block<T: Send>(
        &self,
        block: &Extent,
        later: Option<Stretch>,
        wanted: usize,
        progress: Progress<'_>,
        work: &(impl Fn(Opened) -> Option<T> + Sync),
    ) -> Result<(Option<Stretch>, VecDeque<T>), ReadError> {
        let (with_later, end) = block.clone().and_line(later);
        let mut chain = Chain::at(&with_later);
        let mut here = VecDeque::new();
        let mut second = None;
        let mut lines = 0_usize;
        let walked = self.walk(&with_later, progress, work, |walked| {
            lines += 1;
            if lines == 2 {
                second = Some(walked.place);
            }
            let place = walked.place;
            if let Some(fault) = chain.take(&walked) {
                return Err(ReadError::Fault { folder: self.folder.to_owned(), fault });
            }
            if let Ok(Some(made)) = walked.entry
                && end != Some(place)
            {
                here.push_back(made);
                if here.len() > wanted {
                    here.pop_front();
                }
            }
            Ok::<(), ReadError>(())
        });
        walked?;
        Ok((block.first_line(second), here))
    }
}

impl Extent {
    /// Takes some `length` bytes of whole lines off the end, of one month's file; nothing when there is
    /// nothing left.
    fn take_end(
        &mut self,
        disk: &dyn crate::sealed::disk::Disk,
        length: u64,
    ) -> Result<Option<Self>, LogError> {
        let Some(file) = self.files.last_mut() else { return Ok(None) };
        let begin = file.line_near(disk, file.to.saturating_sub(length))?;
        let mut taken = file.clone();
        taken.from = begin;
        file.to = begin;
        if file.to == file.from {
            self.files.pop();
        }
        let from_the_first = self.from_the_first && self.files.is_empty();
        Ok(Some(Self { files: vec![taken], from_the_first, torn: false }))
    }

    /// With one more line at its end, and where that begins.
    fn and_line(mut self, line: Option<Stretch>) -> (Self, Option<Place>) {
        let Some(line) = line else { return (self, None) };
        let at = line.from;
        match self.files.last_mut() {
            Some(last) if last.path == line.path => last.to = line.to,
            _ => self.files.push(line),
        }
        let place = Place { file: self.files.len() - 1, at };
        (self, Some(place))
    }

    /// Its first line, if the second one begins at `second`.
    fn first_line(&self, second: Option<Place>) -> Option<Stretch> {
        let first = self.files.first()?;
        let to = second.filter(|second| second.file == 0).map_or(first.to, |second| second.at);
        Some(Stretch { to, ..first.clone() })
    }
}
