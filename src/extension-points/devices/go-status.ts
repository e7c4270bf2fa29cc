/** gRPC's status codes as Go spells them, by number. */
const names = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
] as const;

/**
 * The text of a gRPC fault as Go programs print it, which is what pods and events of a stock node show:
 * `rpc error: code = Unknown desc = device 7 is broken`. Other errors are their message.
 */
export function goStatusText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, details } = (error.cause ?? error) as { code?: unknown; details?: unknown };
  if (typeof code !== 'number' || typeof details !== 'string') return error.message;
  return `rpc error: code = ${names[code] ?? `Code(${code})`} desc = ${details}`;
}
