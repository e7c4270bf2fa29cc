/** Which names the API accepts. Each check answers upstream's messages (apimachinery `pkg/util/validation`); none means the name is good. */

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`;
const qualifiedFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValueFormat = `(${qualifiedFormat})?`;
const dns1035Format = '[a-z]([-a-z0-9]*[a-z0-9])?';
const wildcardFormat = `\\*\\.${subdomainFormat}`;
const identifierFormat = '[A-Za-z_][A-Za-z0-9_]*';
const configKeyFormat = '[-._a-zA-Z0-9]+';
const headerFormat = '[-A-Za-z0-9]+';
const percentFormat = '[0-9]+%';

// Written without nested repetition of the same characters, so that no name can make one slow.
const dns1123Label = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const dns1035Label = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const qualifiedPart = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

export const maximumLabelLength = 63;
export const maximumSubdomainLength = 253;

const qualifiedMessage = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const noMoreThan = (length: number): string => `must be no more than ${length} characters`;
/** Upstream's newer checks (apimachinery `pkg/api/validate/content`) name the unit they count in. */
const noMoreBytesThan = (length: number): string => `must be no more than ${length} bytes`;
/** Upstream measures bytes of UTF-8 everywhere, whatever the message calls them. */
const isLonger = (text: string, limit: number): boolean => text.length > limit || (text.length * 3 > limit && Buffer.byteLength(text) > limit);

/** Upstream's way to tell the pattern and examples. */
function withPattern(message: string, pattern: string, examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

type Check = (text: string) => readonly string[];
const none: readonly string[] = [];

interface Rule {
  readonly matches: (text: string) => boolean;
  readonly maximumLength?: number;
  /** What is said of a text that is too long. */
  readonly tooLong?: (length: number) => string;
  readonly message: string;
  readonly pattern: string;
  readonly examples: readonly string[];
}

function check(rule: Rule): Check {
  const tooLong = rule.tooLong ?? noMoreThan;
  return (text) => {
    const isLong = rule.maximumLength !== undefined && isLonger(text, rule.maximumLength);
    const isWrong = isLong ? !rule.matches(text.slice(0, 4096)) : !rule.matches(text);
    if (!isLong && !isWrong) return none;
    return [...(isLong ? [tooLong(rule.maximumLength!)] : []), ...(isWrong ? [withPattern(rule.message, rule.pattern, rule.examples)] : [])];
  };
}

const subdomainRule: Rule = {
  matches: (text) => subdomain.test(text),
  maximumLength: maximumSubdomainLength,
  pattern: subdomainFormat,
  examples: ['example.com'],
  message:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
};

/** RFC 1123 subdomain: most objects' names. */
export const dns1123SubdomainProblems: Check = check(subdomainRule);

/** What stands before the slash of a qualified name; fields whose schema says they are a long name have this text too. */
export const longNameProblems: Check = check({ ...subdomainRule, tooLong: noMoreBytesThan });

const underscoredFormat = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
/** The same with underscores: search domains. */
export const underscoredSubdomainProblems: Check = check({
  ...subdomainRule,
  matches: (text) => text.split('.').every((part) => /^_?[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?$/.test(part)),
  pattern: `${underscoredFormat}(\\.${underscoredFormat})*`,
  message:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
});

const dns1123LabelRule: Check = check({
  matches: (text) => dns1123Label.test(text),
  maximumLength: maximumLabelLength,
  pattern: labelFormat,
  examples: ['my-name', '123-abc'],
  message: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
});

/** RFC 1123 label: namespaces, container and volume names. */
export const dns1123LabelProblems: Check = (text) => {
  const problems = dns1123LabelRule(text);
  if (problems.length === 0 || !text.includes('.') || text.length > 4096 || !subdomain.test(text)) return problems;
  return [...(isLonger(text, maximumLabelLength) ? [noMoreThan(maximumLabelLength)] : []), 'must not contain dots'];
};

/** RFC 1035 label: names of services. */
export const dns1035LabelProblems: Check = check({
  matches: (text) => dns1035Label.test(text),
  maximumLength: maximumLabelLength,
  pattern: dns1035Format,
  examples: ['my-name', 'abc-123'],
  message:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
});

/** `*.` followed by a subdomain: ingress hosts. */
export const wildcardSubdomainProblems: Check = check({
  matches: (text) => text.startsWith('*.') && subdomain.test(text.slice(2)),
  maximumLength: maximumSubdomainLength,
  pattern: wildcardFormat,
  examples: ['*.example.com'],
  message:
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
});

/** Values of labels; `''` is one. */
export const labelValueProblems: Check = check({
  matches: (text) => text === '' || qualifiedPart.test(text),
  maximumLength: maximumLabelLength,
  tooLong: noMoreBytesThan,
  pattern: labelValueFormat,
  examples: ['MyValue', 'my_value', '12345'],
  message:
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
});

/**
 * Keys of labels, annotations and taints, names of resources, finalizers, conditions and scheduling gates: a name with an optional
 * `subdomain/` in front. Upstream calls all of them label keys.
 */
export const qualifiedNameProblems: Check = (text) => {
  const parts = text.split('/', 3);
  if (parts.length > 2) {
    return [`a valid label key ${qualifiedNameText} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const name = parts[parts.length - 1]!;
  const prefix = parts.length === 2 ? parts[0]! : undefined;
  const problems: string[] = [];
  if (prefix === '') problems.push('prefix part must be non-empty');
  else if (prefix !== undefined) problems.push(...longNameProblems(prefix).map((problem) => `prefix part ${problem}`));
  if (name === '') problems.push('name part must be non-empty');
  else if (isLonger(name, maximumLabelLength)) problems.push(`name part ${noMoreBytesThan(maximumLabelLength)}`);
  if (!qualifiedPart.test(name.slice(0, 4096))) problems.push(`name part ${qualifiedNameText}`);
  return problems.length === 0 ? none : problems;
};
const qualifiedNameText = withPattern(qualifiedMessage, qualifiedFormat, ['MyName', 'my.name', '123-abc']);

/** What a name must be to stand in a path. The only rule for RBAC objects and custom resources' parts. */
export const pathSegmentProblems: Check = (text) => {
  if (text === '.' || text === '..') return [`may not be '${text}'`];
  return ['/', '%'].filter((character) => text.includes(character)).map((character) => `may not contain '${character}'`);
};

/** Keys of ConfigMaps and Secrets. */
export const configMapKeyProblems: Check = (text) => {
  const problems = [...configKeyRule(text)];
  if (text === '.' || text === '..') problems.push(`must not be '${text}'`);
  else if (text.startsWith('..')) problems.push("must not start with '..'");
  return problems;
};
const configKeyRule: Check = check({
  matches: (text) => /^[-._a-zA-Z0-9]+$/.test(text),
  maximumLength: maximumSubdomainLength,
  pattern: configKeyFormat,
  examples: ['key.name', 'KEY_NAME', 'key-name'],
  message: "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
});

/** Names of environment variables (relaxed form, 1.34 and later). */
export const environmentNameProblems: Check = (text) =>
  text === ''
    ? ['environment variable name must be non-empty']
    : /^[ -<>-~]+$/.test(text)
      ? none
      : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];

/** C identifiers. */
export const identifierProblems: Check = check({
  matches: (text) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text),
  pattern: identifierFormat,
  examples: ['my_name', 'MY_NAME', 'MyName'],
  message: "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
});

/** Names of HTTP headers. */
export const headerNameProblems: Check = check({
  matches: (text) => /^[-A-Za-z0-9]+$/.test(text),
  pattern: headerFormat,
  examples: ['X-Header-Name'],
  message: "a valid HTTP header must consist of alphanumeric characters or '-'",
});

/** `25%`. */
export const percentProblems: Check = check({
  matches: (text) => /^[0-9]+%$/.test(text),
  pattern: percentFormat,
  examples: ['1%', '93%'],
  message: "a valid percent string must be a numeric string followed by an ending '%'",
});

/** IANA service names: names of ports. */
export const portNameProblems: Check = (text) => {
  const problems: string[] = [];
  if (isLonger(text, 15)) problems.push(noMoreThan(15));
  if (!/^[-a-z0-9]+$/.test(text)) problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(text)) problems.push('must contain at least one letter (a-z)');
  if (text.includes('--')) problems.push('must not contain consecutive hyphens');
  if (text.startsWith('-') || text.endsWith('-')) problems.push('must not begin or end with a hyphen');
  return problems;
};

/** Port numbers. */
export const portNumberProblems = (port: number): readonly string[] =>
  Number.isInteger(port) && port >= 1 && port <= 65_535 ? none : [rangeMessage(1, 65_535)];

/** Upstream's text for a number outside `[low, high]`. */
export const rangeMessage = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`;

/** A domain of at least three segments: signer and driver names. */
export const fullyQualifiedNameProblems: Check = (text) => {
  const problems = dns1123SubdomainProblems(text);
  if (problems.length > 0) return problems;
  return text.split('.').length < 3 ? ['should be a domain with at least three segments separated by dots'] : none;
};

/**
 * Makes a check for names into one for `metadata.generateName` too: the server adds letters after a prefix, so its last dash is no fault
 * (upstream `maskTrailingDash`).
 */
export const forNameOrPrefix =
  (names: Check) =>
  (text: string, isPrefix: boolean): readonly string[] =>
    names(isPrefix && text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text);
