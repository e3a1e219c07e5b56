//! The first moments of a command: it puts itself on record, and becomes its program.
//!
//! Were the run to note the process after starting it, the run could be killed between
//! the two, and a command that clears its environment would be found by nobody. So
//! the program that is started is this one, which notes its own process id and then
//! executes the command in its place: the id, the group and the streams stay.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use super::command::Note;
use super::process::identity;

/// The first argument of a wrapper; behind it come the record and the command.
const WORD: &str = "__exec";
/// The exit code of a wrapper whose command cannot be executed, as shells have it.
pub(super) const NOT_EXECUTED: u8 = 127;

/// A wrapper for a command that is still to be added.
pub(super) fn command(record: &Path) -> Command {
    // The file may have been replaced since this program was started from it.
    let running = Path::new("/proc/self/exe");
    let program = match running.exists() {
        true => running.to_owned(),
        false => std::env::current_exe().unwrap_or_else(|_| "taskdb".into()),
    };
    let mut command = Command::new(program);
    command.arg0("taskdb").arg(WORD).arg(record);
    command
}

/// Acts as a wrapper if the arguments are those of one; returns only if they are not,
/// or if the command cannot be executed.
pub(in crate::run) fn act(args: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let mut args = args.skip(1);
    let _ = args.next().filter(|word| word == WORD)?;
    let (record, program) = (args.next()?, args.next()?);
    let why = match note(record.as_ref(), &Note::Process(identity(std::process::id())?)) {
        Ok(()) => Command::new(program).args(args).exec(),
        Err(why) => why,
    };
    // If this cannot be written either, the exit code alone has to do.
    let _ = note(record.as_ref(), &Note::Failed(why.raw_os_error().unwrap_or_default()));
    Some(ExitCode::from(NOT_EXECUTED))
}

fn note(record: &Path, note: &Note) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).truncate(true).open(record)?;
    file.write_all(&serde_json::to_vec(note)?)
}
