/** The formats of names and texts (`kubernetes.NamedFormat`) that expressions may validate against, by upstream's names. */
import {
  dns1035LabelProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  forNameOrPrefix,
  labelValueProblems,
  qualifiedNameProblems,
} from '../../names.ts';
import { opaqueType } from '../types.ts';
import { OpaqueValue } from '../values.ts';
import { requestUrlProblem } from './go-url.ts';

export const formatType = opaqueType('kubernetes.NamedFormat');

export class NamedFormat extends OpaqueValue {
  override readonly type = formatType;
  readonly name: string;
  /** The length of the pattern, or of what upstream takes for one; costs depend on it. */
  readonly patternLength: number;
  /** What is wrong with a text; none when nothing is. */
  readonly problems: (text: string) => readonly string[];

  constructor(name: string, patternLength: number, problems: (text: string) => readonly string[]) {
    super();
    this.name = name;
    this.patternLength = patternLength;
    this.problems = problems;
  }

  override equals(other: OpaqueValue): boolean {
    return other instanceof NamedFormat && this.name === other.name;
  }
}

const none: readonly string[] = [];

const prefix = (check: (text: string) => readonly string[]) => {
  const masked = forNameOrPrefix(check);
  return (text: string): readonly string[] => masked(text, true);
};

const fits =
  (test: (text: string) => boolean, problem: string) =>
  (text: string): readonly string[] =>
    test(text) ? none : [problem];

export const namedFormats: Readonly<Record<string, NamedFormat>> = {
  dns1123Label: new NamedFormat('DNS1123Label', 30, dns1123LabelProblems),
  dns1123Subdomain: new NamedFormat('DNS1123Subdomain', 60, dns1123SubdomainProblems),
  dns1035Label: new NamedFormat('DNS1035Label', 30, dns1035LabelProblems),
  qualifiedName: new NamedFormat('QualifiedName', 60, qualifiedNameProblems),
  dns1123LabelPrefix: new NamedFormat('DNS1123LabelPrefix', 30, prefix(dns1123LabelProblems)),
  dns1123SubdomainPrefix: new NamedFormat('DNS1123SubdomainPrefix', 60, prefix(dns1123SubdomainProblems)),
  dns1035LabelPrefix: new NamedFormat('DNS1035LabelPrefix', 30, prefix(dns1035LabelProblems)),
  labelValue: new NamedFormat('LabelValue', 40, labelValueProblems),
  uri: new NamedFormat('URI', 1103, uriProblems),
  uuid: new NamedFormat('uuid', 70, fits(isUuid, 'does not match the UUID format')),
  byte: new NamedFormat('byte', 84, fits(isBase64, 'invalid base64')),
  date: new NamedFormat('date', 71, fits(isDate, 'invalid date')),
  datetime: new NamedFormat('datetime', 71, fits(isDateTime, 'invalid datetime')),
};

function uriProblems(text: string): readonly string[] {
  const problem = requestUrlProblem(text);
  return problem === undefined ? none : [problem];
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text);
}

/** At least one group of four characters. */
function isBase64(text: string): boolean {
  return text.length > 0 && text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!match) return false;
  const [year = 0, month = 0, day = 0] = match.slice(1).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return day > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** A date, `T` and a time with a zone. What follows another `T` does not count. */
function isDateTime(text: string): boolean {
  const [date, time] = text.toLowerCase().split('t');
  if (date === undefined || time === undefined || !isDate(date)) return false;
  const match = /^(\d\d):(\d\d):(\d\d)(?:.\d+)?(?:z|[+-]\d\d:\d\d)$/.exec(time);
  return match !== null && match[1]! <= '23' && match[2]! <= '59' && match[3]! <= '59';
}
