//! One function a command.

use serde_json::json;

use super::args::{Args, Command, CopyArgs, DumpArgs, StatusArgs, UpArgs, VerifyArgs};
use super::view::View;
use super::{FAILED, OK, REFUSED};
use crate::adapt::Adapt;
use crate::check::check;
use crate::copy::copy;
use crate::dump::{DumpOptions, dump};
use crate::error::Result;
use crate::status::status;
use crate::up;
use crate::verify::verify;

pub(super) async fn run(args: Args) -> Result<u8> {
    match args.command {
        None => run_copy(args.known.copy()?).await,
        Some(Command::Copy(args) | Command::Load(args)) => run_copy(args).await,
        Some(Command::Verify(args)) => run_verify(args).await,
        Some(Command::Dump(args)) => run_dump(args).await,
        Some(Command::Check(args)) => run_check(&args).await,
        Some(Command::Status(args)) => run_status(args).await,
        Some(Command::Up(args)) => run_up(args).await,
    }
}

async fn run_copy(args: CopyArgs) -> Result<u8> {
    if args.how.dry_run {
        return run_check(&args).await;
    }
    let view = View::new(args.how.view);
    let source = args.between.from.source_in(args.how.zone.as_deref()).await?;
    let target = args.between.to.target().await?;
    let report = copy(source, &target, &args.how.options(), &view).await;
    view.finish();
    let report = report?;
    let text = match report.already_done {
        true => format!("{} is complete and open already", report.to),
        false => format!("{} is complete, verified and open: {}", report.to, report.counts),
    };
    view.mended(&report.mended);
    view.result("copy", &report, &text);
    Ok(OK)
}

async fn run_verify(args: VerifyArgs) -> Result<u8> {
    let view = View::new(args.view);
    let source = args.between.from.source().await?;
    let target = args.between.to.existing().await?;
    let change = args.change;
    let adapt = Adapt::new(change.running(), change.rename_long).events(change.events);
    let report = verify(source, &target, &adapt, &view).await;
    view.finish();
    let report = report?;
    let clean = report.is_clean();
    let text = match clean {
        true => format!("the same: {}\ndigest {}", report.to, report.digest_to),
        false => format!("source: {}\ntarget: {}\n{}", report.from, report.to, report.complaint()),
    };
    view.result("verify", &report, &text);
    Ok(if clean { OK } else { FAILED })
}

async fn run_dump(args: DumpArgs) -> Result<u8> {
    let view = View::new(args.view);
    let source = args.from.source().await?;
    let options = DumpOptions {
        compress: args.compress,
        replace: args.replace,
        source_gate: args.source_gate.gate(),
        events: args.events,
    };
    let report = dump(source, &args.to, &options, &view).await;
    view.finish();
    let report = report?;
    let whole = if report.consistent { "" } else { "; it could change meanwhile" };
    let text = format!("{}: {} bytes, {}{whole}", report.to.display(), report.bytes, report.counts);
    view.mended(&report.mended);
    view.result("dump", &report, &text);
    Ok(OK)
}

async fn run_check(args: &CopyArgs) -> Result<u8> {
    let view = View::new(args.how.view);
    let source = args.between.from.source_in(args.how.zone.as_deref()).await?;
    // What is not there is empty enough.
    let target = match args.between.to.exists().await? {
        true => Some(args.between.to.target().await?),
        false => None,
    };
    let report = check(source, target.as_ref(), &args.how.options(), &view).await;
    view.finish();
    let report = report?;
    let mut text = format!(
        "{}\n{} bytes of definitions and outputs, read in {:.1} s",
        report.counts, report.payload_bytes, report.read_secs
    );
    for finding in &report.findings {
        text.push_str(&format!("\n{}: {}", finding.weight, finding.what));
    }
    view.result("check", &report, &text);
    Ok(if report.is_stopped() { REFUSED } else { OK })
}

async fn run_status(args: StatusArgs) -> Result<u8> {
    let target = args.from.existing().await?;
    let status = status(target.name(), target.db()).await?;
    View::of_result(args.json).result("status", &status, &status.to_string());
    Ok(OK)
}

async fn run_up(args: UpArgs) -> Result<u8> {
    let view = View::of_result(false);
    if args.print {
        view.print(&up::statements(&args.to)?);
        return Ok(OK);
    }
    // Connecting does it.
    let target = args.to.target().await?;
    let info = target.describe().await?;
    let text = format!("{}: {} in format {}", target.name(), info.backend, info.format);
    view.result("up", &json!({ "format": info.format }), &text);
    Ok(OK)
}
