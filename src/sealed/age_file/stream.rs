//! A stream sealed to several recipients as it is written, for whoever is outside of the store.

use std::io::{self, Write};

use age::stream::StreamWriter;

use super::SealError;
use crate::sealed::identity::Recipient;

/// Seals what is written into it. Without [`SealingStream::finish`] the file is cut, and opens nowhere.
pub struct SealingStream<W: Write>(StreamWriter<W>);

impl<W: Write> SealingStream<W> {
    /// Begins a sealed file that each of `recipients`, who are at least one, opens alone.
    pub fn begin(recipients: &[Recipient], output: W) -> Result<Self, SealError> {
        let encryptor = age::Encryptor::with_recipients(recipients.iter().map(Recipient::as_age))?;
        Ok(Self(encryptor.wrap_output(output)?))
    }

    /// Writes the last chunk and gives the output back.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

impl<W: Write> Write for SealingStream<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
