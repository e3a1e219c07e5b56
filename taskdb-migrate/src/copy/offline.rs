//! A source that is not in use: everything in one pass, then the verification.

use super::Transfer;
use super::writer::Writer;
use crate::error::Result;
use crate::mark::Stage;
use crate::pages::Pages;
use crate::verify::{VerifyReport, verify};
use crate::watch::Event;

pub(super) async fn run(copy: &mut Transfer<'_>) -> Result<Option<VerifyReport>> {
    if copy.mark.stage == Stage::Opening {
        copy.open().await?;
        return Ok(None);
    }
    if copy.mark.stage == Stage::Copying {
        copy.watch.tell(Event::Stage { name: "copy", tasks: copy.source.tasks().await? });
        let adapt = copy.options.adapt();
        let pages = Pages::of(copy.source.clone(), copy.mark.cursor.clone(), adapt);
        Writer::new(copy).run(pages, |_| true).await?;
        copy.enter(Stage::Closed).await?;
    }
    let adapt = copy.options.adapt();
    let report = verify(copy.source.clone(), copy.target, &adapt, copy.watch).await?;
    let report = copy.judge(report)?;
    copy.open().await?;
    Ok(Some(report))
}
