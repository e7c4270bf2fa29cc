import type { Job, JobCondition } from '../../api/generated/batch-v1.ts';

/** The condition that ended a job: Complete or Failed. Undefined while it runs, and while its last pods are waited for. */
export const jobEnd = ({ status }: Job): JobCondition | undefined =>
  status?.conditions?.find((condition) => (condition.type === 'Complete' || condition.type === 'Failed') && condition.status === 'True');
