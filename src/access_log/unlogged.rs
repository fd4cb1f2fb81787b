//! *Logged before shown*, held by the type system.

use super::entry::Event;

/// A value that nobody may see before the access log holds the entries about it. The only way to the
/// value is [`AccessLog::release`](super::AccessLog::release):
///
/// ```no_run
/// use vault::access_log::{AccessLog, LogError, Unlogged};
///
/// fn show(log: &AccessLog, found: Unlogged<String>) -> Result<String, LogError> {
///     let (text, _receipt) = log.release(found)?;
///     Ok(text)
/// }
/// ```
///
/// Its fields are private:
///
/// ```compile_fail,E0616
/// fn peek(found: vault::access_log::Unlogged<String>) -> String {
///     found.value
/// }
/// ```
///
/// it can't be taken apart:
///
/// ```compile_fail,E0451
/// fn peek(found: vault::access_log::Unlogged<String>) -> String {
///     let vault::access_log::Unlogged { value, .. } = found;
///     value
/// }
/// ```
///
/// the parts are for the access log alone:
///
/// ```compile_fail,E0624
/// fn peek(found: vault::access_log::Unlogged<String>) -> String {
///     found.into_parts().0
/// }
/// ```
///
/// it prints nothing:
///
/// ```compile_fail,E0277
/// fn peek(found: vault::access_log::Unlogged<String>) -> String {
///     format!("{found:?}")
/// }
/// ```
///
/// and `map` takes no closure that could carry the value out:
///
/// ```compile_fail,E0308
/// fn peek(found: vault::access_log::Unlogged<String>) -> String {
///     let mut out = String::new();
///     let _ = found.map(|value| out = value);
///     out
/// }
/// ```
#[must_use = "what was read must be released through the access log"]
pub struct Unlogged<T> {
    value: T,
    events: Vec<Event>,
}

impl<T> Unlogged<T> {
    /// Keeps `value` until `events` are on the disk. With no event it is never given out.
    pub fn new(value: T, events: Vec<Event>) -> Self {
        Self { value, events }
    }

    /// Turns the value into another. A plain function, so that nothing but its result leaves it.
    pub fn map<U>(self, change: fn(T) -> U) -> Unlogged<U> {
        Unlogged { value: change(self.value), events: self.events }
    }

    pub(super) fn into_parts(self) -> (T, Vec<Event>) {
        (self.value, self.events)
    }
}
