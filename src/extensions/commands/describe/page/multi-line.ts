import { compareText } from '../../../../extension-points/commands/printers/go-values.ts';
import type { Page } from './page.ts';

type Texts = Readonly<Record<string, string>> | undefined;

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
/** Bytes of a line that are shown. */
const longestLine = 140;

export interface TitlePlace {
  /** Before the title and before every further line. */
  readonly indent?: string;
  readonly level?: number;
}

/** One value per line below each other, behind a title; `<none>`. */
export function writeLines(page: Page, title: string, lines: readonly string[], { indent = '', level = 0 }: TitlePlace = {}): void {
  page.write(level, `${indent}${title}:\t`);
  if (lines.length === 0) return page.end('<none>');
  for (const [index, line] of lines.entries()) {
    if (index > 0) {
      page.write(level, indent);
      page.write(level, '\t');
    }
    page.write(0, `${line}\n`);
  }
}

/** `name=value`, sorted. */
export const writeLabels = (page: Page, title: string, labels: Texts, place: TitlePlace = {}): void =>
  writeLines(
    page,
    title,
    sortedNames(labels).map((name) => `${name}=${labels![name]}`),
    place,
  );

/** `name: value`, sorted; long values and such of several lines stand below their name, cut off. What `kubectl apply` keeps for itself is left out. */
export function writeAnnotations(page: Page, title: string, annotations: Texts): void {
  page.write(0, `${title}:\t`);
  const names = sortedNames(annotations).filter((name) => name !== lastApplied);
  if (names.length === 0) return page.end('<none>');
  for (const [index, name] of names.entries()) {
    if (index > 0) page.write(0, '\t');
    const value = annotations![name]!.replace(/\n$/, '');
    if (byteLength(value) + byteLength(name) + 2 <= longestLine && !value.includes('\n')) page.write(0, `${name}: ${value}\n`);
    else {
      page.write(0, `${name}:\n`);
      for (const line of value.split('\n')) page.write(0, `\t  ${shortened(line, longestLine - 2)}\n`);
    }
  }
}

/** Attributes of a volume: `name=value`, sorted, cut off. */
export function writeAttributes(page: Page, title: string, attributes: Texts): void {
  page.write(2, `${title}:\t`);
  const names = sortedNames(attributes);
  if (names.length === 0) return page.end('<none>');
  for (const [index, name] of names.entries()) {
    if (index > 0) {
      page.write(2, '');
      page.write(2, '\t');
    }
    page.write(2, `${shortened(`${name}=${attributes![name]}`, longestLine)}\n`);
  }
}

const sortedNames = (texts: Texts): string[] => Object.keys(texts ?? {}).sort(compareText);
const byteLength = (text: string): number => Buffer.byteLength(text);

/** Cut after so many bytes, as Go counts; a character cut in two shows as what is no character. */
function shortened(text: string, length: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= length ? text : `${bytes.toString('utf8', 0, length)}...`;
}
