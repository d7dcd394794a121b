//! Shows on a terminal how far the reading is; silent everywhere else.

use std::{sync::Arc, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;

use crate::normalize::ScanCount;

/// Time between two looks.
const TICK: Duration = Duration::from_millis(100);

/// A bar that follows a count for as long as it lives.
pub(super) struct Progress {
    bar: ProgressBar,
    task: JoinHandle<()>,
}

impl Progress {
    /// Follows the count; nothing is drawn where stderr is no terminal.
    pub(super) fn follow(count: &Arc<ScanCount>) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let template = "reading {msg} {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        let (task_bar, count) = (bar.clone(), Arc::clone(count));
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(TICK).await;
                let ((files, bytes), (files_done, bytes_done)) = (count.expected(), count.done());
                if files > 0 {
                    task_bar.set_length(bytes);
                    task_bar.set_message(format!("{files_done} of {files} files"));
                    task_bar.set_position(bytes_done);
                }
            }
        });
        Self { bar, task }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.task.abort();
        self.bar.finish_and_clear();
    }
}
