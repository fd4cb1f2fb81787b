//! Blocks of lines, opened side by side and handed out in their order. Each thread has a lane of its own:
//! block n goes into lane n mod threads and comes out of it again, so no order is ever lost.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::{EntryFault, Extent, Place, Reader, Walked};
use crate::access_log::entry::{LINE_LIMIT, Opened};
use crate::access_log::log::LogError;
use crate::access_log::tail::read_range;
use crate::machine::stack;
use crate::sealed::checkpoint::Progress;
use crate::sealed::disk::{Disk, DiskFile, IoContext};
use crate::sealed::signed::Digest;

/// Bytes read at once: some 200 lines, more than one line has.
const BLOCK: u64 = 4 * LINE_LIMIT as u64;
/// Blocks under way in each lane, so that none runs dry while this thread writes.
const AHEAD: usize = 3;

/// Whole lines of one file.
struct Block {
    place: Place,
    bytes: Vec<u8>,
}

/// What became of a block's lines.
type Done<T> = Vec<Walked<T>>;

pub(super) fn walk<T: Send, E: From<LogError>>(
    reader: &Reader<'_>,
    extent: &Extent,
    progress: Progress<'_>,
    work: &(impl Fn(Opened) -> T + Sync),
    mut take: impl FnMut(Walked<T>) -> Result<(), E>,
) -> Result<(), E> {
    let threads = reader.threads.get();
    let total = extent.bytes();
    let mut blocks = Blocks::new(reader.disk, extent);
    thread::scope(|scope| {
        let lanes: Vec<(SyncSender<Block>, Receiver<Done<T>>)> = (0..threads)
            .map(|_| {
                let (block_in, blocks) = sync_channel::<Block>(AHEAD);
                let (done_in, done) = sync_channel(AHEAD);
                let lane = move || {
                    for block in blocks {
                        let opened = open(reader, &block, work);
                        // Nobody waits for it when the walk has ended early.
                        if done_in.send(opened).is_err() {
                            return;
                        }
                    }
                };
                scope.spawn(|| stack::wiped_after(lane));
                (block_in, done)
            })
            .collect();
        // The bytes of each block under way, oldest first.
        let mut under_way = VecDeque::new();
        let (mut fed, mut drained, mut bytes) = (0, 0, 0);
        loop {
            while under_way.len() < threads * AHEAD {
                let Some(block) = blocks.next()? else { break };
                under_way.push_back(block.bytes.len() as u64);
                // A lane that is gone has panicked, which the scope hands on.
                if lanes[fed % threads].0.send(block).is_err() {
                    return Ok(());
                }
                fed += 1;
            }
            let Some(length) = under_way.pop_front() else { return Ok(()) };
            let Ok(done) = lanes[drained % threads].1.recv() else { return Ok(()) };
            drained += 1;
            done.into_iter().try_for_each(&mut take)?;
            bytes += length;
            progress(bytes, total);
        }
    })
}

fn open<T>(reader: &Reader<'_>, block: &Block, work: &impl Fn(Opened) -> T) -> Done<T> {
    let Block { place, bytes } = block;
    let mut at = place.at;
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').map(|line| {
        let place = Place { file: place.file, at };
        at += line.len() as u64;
        let (link, hash, entry) = match line.strip_suffix(b"\n") {
            Some(line) => reader.keyring.open(line),
            // Torn lines are not in the extent, so its end was cut off here.
            None => (None, Digest::of(line), Err(EntryFault::Malformed)),
        };
        Walked { place, hash, link, entry: entry.map(work) }
    });
    lines.collect()
}

/// Cuts the extent into blocks that end with a line's end.
struct Blocks<'a> {
    disk: &'a dyn Disk,
    extent: &'a Extent,
    file: usize,
    at: u64,
    opened: Option<Box<dyn DiskFile>>,
}

impl<'a> Blocks<'a> {
    fn new(disk: &'a dyn Disk, extent: &'a Extent) -> Self {
        Self { disk, extent, file: 0, at: 0, opened: None }
    }

    fn next(&mut self) -> Result<Option<Block>, LogError> {
        while let Some(stretch) = self.extent.files.get(self.file) {
            if let Some(file) = &self.opened {
                if self.at < stretch.to {
                    let end = stretch.to.min(self.at + BLOCK);
                    let bytes = whole_lines(&**file, &stretch.path, self.at, end)?;
                    let place = Place { file: self.file, at: self.at };
                    if !bytes.is_empty() {
                        self.at += bytes.len() as u64;
                        return Ok(Some(Block { place, bytes }));
                    }
                }
                self.opened = None;
                self.file += 1;
            } else {
                self.opened = Some(self.disk.open(&stretch.path).at("open", &stretch.path)?);
                self.at = stretch.from;
            }
        }
        Ok(None)
    }
}

/// The whole lines between two places. Where no line ends, all of it: that is no line of the log.
fn whole_lines(file: &dyn DiskFile, path: &Path, from: u64, to: u64) -> Result<Vec<u8>, LogError> {
    let mut bytes = read_range(file, path, from, to)?;
    if let Some(newline) = bytes.iter().rposition(|byte| *byte == b'\n') {
        bytes.truncate(newline + 1);
    }
    Ok(bytes)
}
