import type { LabelSelector } from '../../../../api/generated/meta-v1.ts';
import { selectorFromObject } from '../../../../api/label-selector.ts';
import { labelsText } from '../../../../extension-points/commands/printers/table-printer.ts';

/** `True`, `False`. */
export const boolText = (value: boolean | undefined): string => (value ? 'True' : 'False');
/** The same; `<unset>` when absent. */
export const optionalBoolText = (value: boolean | undefined): string => (value === undefined ? '<unset>' : boolText(value));
export const orNone = (text: string | undefined): string => text || '<none>';
export const orUnset = (value: string | number | undefined): string => (value === undefined ? '<unset>' : String(value));
/** Go's `%v` of a list. */
export const listText = (values: readonly unknown[] | undefined): string => `[${(values ?? []).join(' ')}]`;
/** `a=1,b=2`; `<none>`. */
export const pairsText = (pairs: Readonly<Record<string, string>> | undefined): string => labelsText(pairs ?? {});
/** Go's `%v` of a map. */
export const mapText = (map: Readonly<Record<string, string>> | undefined): string =>
  `map[${Object.keys(map ?? {})
    .sort()
    .map((name) => `${name}:${map![name]}`)
    .join(' ')}]`;

/** A selector in its text form; `<none>` when it is empty, `<error>` when it makes no sense. */
export function selectorText(selector: LabelSelector | undefined): string {
  try {
    return selectorFromObject(selector).toString() || '<none>';
  } catch {
    return '<error>';
  }
}

/** The same, as it is: empty for everything, and told what is wrong. */
export function plainSelectorText(selector: LabelSelector | undefined): string {
  try {
    return selectorFromObject(selector).toString();
  } catch (error) {
    return `Failed to get selector: ${(error as Error).message}`;
  }
}

/** `Kind/name` of the object that controls one. */
export function controllerText({ ownerReferences }: { readonly ownerReferences?: readonly { kind: string; name: string; controller?: boolean }[] }): string {
  const owner = ownerReferences?.find(({ controller }) => controller);
  return owner ? `${owner.kind}/${owner.name}` : '';
}

/** A host and a port; addresses of IPv6 in brackets. */
export const hostAndPort = (host: string, port: string | number): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
