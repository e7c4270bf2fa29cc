import type { ContainerState, ContainerStatus } from '../../../../api/generated/core-v1.ts';
import type { Page } from '../page/page.ts';
import { boolText } from '../page/texts.ts';
import { localTime } from '../page/times.ts';

/** What became of a container: its state, the one before, restarts. */
export function writeContainerStatus(page: Page, { state, lastState, ready, restartCount }: ContainerStatus): void {
  writeState(page, 'State', state ?? {});
  if (lastState?.terminated) writeState(page, 'Last State', lastState);
  page.field(2, 'Ready', boolText(ready));
  page.field(2, 'Restart Count', restartCount ?? 0);
}

function writeState(page: Page, title: string, { running, waiting, terminated }: ContainerState): void {
  if (running) {
    page.field(2, title, 'Running');
    page.field(3, 'Started', localTime(running.startedAt));
  } else if (waiting || !terminated) {
    page.field(2, title, 'Waiting');
    if (waiting?.reason) page.field(3, 'Reason', waiting.reason);
  } else {
    page.field(2, title, 'Terminated');
    if (terminated.reason) page.field(3, 'Reason', terminated.reason);
    if (terminated.message) page.field(3, 'Message', terminated.message);
    page.field(3, 'Exit Code', terminated.exitCode ?? 0);
    if ((terminated.signal ?? 0) > 0) page.field(3, 'Signal', terminated.signal);
    page.field(3, 'Started', localTime(terminated.startedAt));
    page.field(3, 'Finished', localTime(terminated.finishedAt));
  }
}
