import { type FieldError, fieldError, invalid } from '../../../api/status.ts';

const streams = ['All', 'Stderr', 'Stdout'];

/** Refuses what makes no sense in the query of a pod's log (upstream's `ValidatePodLogOptions`). Throws `Invalid`; what is no number is left to the node, which refuses it. */
export function validateLogOptions(query: URLSearchParams, podName: string): void {
  const errors = [
    ...belowMinimum(query, 'tailLines', { minimum: 0, detail: 'must be greater than or equal to 0' }),
    ...belowMinimum(query, 'limitBytes', { minimum: 1, detail: 'must be greater than 0' }),
    ...sinceErrors(query),
    ...streamErrors(query),
  ];
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, podName, errors);
}

function belowMinimum(query: URLSearchParams, name: string, { minimum, detail }: { minimum: number; detail: string }): FieldError[] {
  const text = query.get(name);
  const value = Number(text);
  return text && value < minimum ? [fieldError.invalid(name, value, detail)] : [];
}

function sinceErrors(query: URLSearchParams): FieldError[] {
  if (query.get('sinceSeconds') && query.get('sinceTime')) return [fieldError.forbidden('', 'at most one of `sinceTime` or `sinceSeconds` may be specified')];
  return belowMinimum(query, 'sinceSeconds', { minimum: 1, detail: 'must be greater than 0' });
}

function streamErrors(query: URLSearchParams): FieldError[] {
  const stream = query.get('stream');
  if (!stream) return [];
  return [
    ...(streams.includes(stream) ? [] : [fieldError.notSupported('stream', stream, streams)]),
    ...(stream !== 'All' && query.get('tailLines') ? [fieldError.forbidden('', '`tailLines` and specific `stream` are mutually exclusive for now')] : []),
  ];
}
