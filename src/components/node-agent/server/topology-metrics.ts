import { type AdmissionCounts, durationBoundsMs } from '../topology/admission-counts.ts';

/** In the Prometheus text format; names and help are upstream's. */
export function topologyMetrics({ requests, errors, durations, durationCount, durationSumMs }: AdmissionCounts): string {
  const name = (part: string): string => `kubelet_topology_manager_admission_${part}`;
  const counter = (part: string, help: string, value: number): string =>
    `# HELP ${name(part)} [ALPHA] ${help}\n# TYPE ${name(part)} counter\n${name(part)} ${value}\n`;
  const duration = name('duration_ms');
  const buckets = durations.map((count, index) => `${duration}_bucket{le="${durationBoundsMs[index]}"} ${count}\n`).join('');
  return [
    counter('requests_total', 'The number of admission requests where resources have to be aligned.', requests),
    counter('errors_total', 'The number of admission request failures where resources could not be aligned.', errors),
    `# HELP ${duration} [ALPHA] Duration in milliseconds to serve a pod admission request.\n# TYPE ${duration} histogram\n`,
    `${buckets}${duration}_bucket{le="+Inf"} ${durationCount}\n${duration}_sum ${durationSumMs}\n${duration}_count ${durationCount}\n`,
  ].join('');
}
