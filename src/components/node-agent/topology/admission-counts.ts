/** Upper bounds in milliseconds, upstream's: 15 of them, each twice the one before. */
export const durationBoundsMs: readonly number[] = Array.from({ length: 15 }, (_, index) => 0.05 * 2 ** index);

/** What `kubelet_topology_manager_admission_*` show: of this run of the agent. */
export class AdmissionCounts {
  requests = 0;
  errors = 0;
  durationSumMs = 0;
  durationCount = 0;
  /** How many took at most so long, by `durationBoundsMs`. */
  readonly durations: number[] = durationBoundsMs.map(() => 0);

  /** Whole milliseconds, as upstream counts them. */
  took(milliseconds: number): void {
    const whole = Math.trunc(milliseconds);
    this.durationCount++;
    this.durationSumMs += whole;
    for (const [index, bound] of durationBoundsMs.entries()) if (whole <= bound) this.durations[index]!++;
  }
}
