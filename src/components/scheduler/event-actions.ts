/** The `action` of the events that a scheduler records, by their reason. Upstream's. */
export const eventActions: Readonly<Record<string, string>> = {
  Scheduled: 'Binding',
  FailedScheduling: 'Scheduling',
  Preempted: 'Preempting',
};
