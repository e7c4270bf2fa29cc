import type { LabelSelector } from '../../api/generated/meta-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { PrinterColumn } from './contract.ts';
import type { Draft, Loose } from './draft.ts';

/** A column of a kind whose type is known. `type` is `string` and `priority` 0 unless given. */
export interface Column<T extends KubernetesObject> {
  readonly name: string;
  readonly type?: PrinterColumn['type'];
  readonly format?: string;
  readonly description: string;
  readonly priority?: number;
  readonly cell: (object: Draft<T>, nowMs: number) => string | number | boolean | null;
}

/** How long ago an RFC 3339 time was, as kubectl prints it: `5m3s`, `3d4h`, `2y30d`; `<unknown>` without one, `<invalid>` for the future. */
export function age(time: string | undefined, nowMs: number): string {
  const thenMs = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(thenMs) ? '<unknown>' : humanDuration(nowMs - thenMs);
}

/** A duration in milliseconds with at most two units, coarser the longer it is (apimachinery `duration.HumanDuration`). */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * 60) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % 60, 's');
  if (minutes < 3 * 60) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return twoUnits(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 8 * 24) return twoUnits(days, 'd', hours % 24, 'h');
  if (days < 2 * 365) return `${days}d`;
  const years = Math.trunc(days / 365);
  return days < 8 * 365 ? twoUnits(years, 'y', days % 365, 'd') : `${years}y`;
}

const twoUnits = (major: number, majorUnit: string, minor: number, minorUnit: string): string =>
  minor === 0 ? `${major}${majorUnit}` : `${major}${majorUnit}${minor}${minorUnit}`;

/** A duration in seconds with one unit (apimachinery `duration.ShortHumanDuration`). */
export function shortDuration(seconds: number): string {
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 60) return `${Math.trunc(seconds)}s`;
  if (seconds < 3600) return `${Math.trunc(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.trunc(seconds / 3600)}h`;
  if (seconds < 86_400 * 365) return `${Math.trunc(seconds / 86_400)}d`;
  return `${Math.trunc(seconds / 86_400 / 365)}y`;
}

/** `a=1,b=2` in key order, or `<none>`. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(labels ?? {}).sort(byFirst);
  return entries.length === 0 ? '<none>' : entries.map(([key, value]) => `${key}=${value}`).join(',');
}

/** A label selector in the syntax of `kubectl get -l`, requirements in key order, or `<none>` when it selects everything or nothing. */
export function labelSelectorText(selector: Loose<LabelSelector> | undefined): string {
  const requirements: [key: string, text: string][] = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => [key, `${key}=${value}`]);
  for (const { key = '', operator, values = [] } of selector?.matchExpressions ?? []) {
    const list = [...values].sort().join(',');
    const texts: Record<string, string> = { In: `${key} in (${list})`, NotIn: `${key} notin (${list})`, Exists: key, DoesNotExist: `!${key}` };
    const text = texts[operator ?? ''];
    if (text === undefined) return '<error>';
    requirements.push([key, text]);
  }
  return requirements.length === 0
    ? '<none>'
    : requirements
        .sort(byFirst)
        .map(([, text]) => text)
        .join(',');
}

const byFirst = (left: readonly [string, string], right: readonly [string, string]): number => (left[0] < right[0] ? -1 : left[0] > right[0] ? 1 : 0);

/** The first `limit` texts joined by commas, and how many more there are: `a,b,c + 2 more...`. */
export function listText(texts: readonly string[], limit: number, whenEmpty: string): string {
  if (texts.length === 0) return whenEmpty;
  const shown = texts.slice(0, limit).join(',');
  return texts.length > limit ? `${shown} + ${texts.length - limit} more...` : shown;
}

export const nameColumn: Column<KubernetesObject> = {
  name: 'Name',
  format: 'name',
  description: 'Unique within the namespace, or within the cluster for kinds without one.',
  cell: (object) => object.metadata.name ?? '',
};
export const ageColumn: Column<KubernetesObject> = {
  name: 'Age',
  description: 'Time since the object was created.',
  cell: (object, nowMs) => age(object.metadata.creationTimestamp, nowMs),
};
/** What kinds without columns of their own show after the name: the time itself, which clients turn into an age. */
export const createdAtColumn: Column<KubernetesObject> = {
  name: 'Created At',
  type: 'date',
  description: 'When the object was created (RFC 3339, UTC).',
  cell: (object) => object.metadata.creationTimestamp ?? null,
};
