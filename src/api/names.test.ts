import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as names from './names.ts';
import {
  configMapKeyProblems,
  dns1035LabelProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  environmentNameProblems,
  forNameOrPrefix,
  fullyQualifiedNameProblems,
  labelValueProblems,
  pathSegmentProblems,
  portNameProblems,
  portNumberProblems,
  qualifiedNameProblems,
  wildcardSubdomainProblems,
} from './names.ts';

const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const qualifiedText =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

describe('names', () => {
  const cases: readonly { check: (text: string) => readonly string[]; text: string; problems: readonly string[] }[] = [
    { check: dns1123SubdomainProblems, text: 'a.b-c.d', problems: [] },
    { check: dns1123SubdomainProblems, text: 'A', problems: [subdomainText] },
    { check: dns1123SubdomainProblems, text: '', problems: [subdomainText] },
    { check: dns1123SubdomainProblems, text: 'a'.repeat(254), problems: ['must be no more than 253 characters'] },
    { check: dns1123LabelProblems, text: 'my-name', problems: [] },
    { check: dns1123LabelProblems, text: 'my.name', problems: ['must not contain dots'] },
    { check: dns1123LabelProblems, text: 'My_name', problems: [labelText] },
    { check: dns1123LabelProblems, text: `-${'a'.repeat(64)}`, problems: ['must be no more than 63 characters', labelText] },
    { check: dns1035LabelProblems, text: 'a1', problems: [] },
    { check: labelValueProblems, text: '', problems: [] },
    { check: labelValueProblems, text: 'a_b.C', problems: [] },
    { check: qualifiedNameProblems, text: 'example.com/My_Name', problems: [] },
    {
      check: qualifiedNameProblems,
      text: 'a/b/c',
      problems: [`a valid label key ${qualifiedText} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`],
    },
    { check: qualifiedNameProblems, text: '/b', problems: ['prefix part must be non-empty'] },
    { check: qualifiedNameProblems, text: '', problems: ['name part must be non-empty', `name part ${qualifiedText}`] },
    { check: qualifiedNameProblems, text: 'a'.repeat(64), problems: ['name part must be no more than 63 bytes'] },
    { check: qualifiedNameProblems, text: 'A/b', problems: [`prefix part ${subdomainText}`] },
    { check: pathSegmentProblems, text: 'System:node', problems: [] },
    { check: pathSegmentProblems, text: '..', problems: ["may not be '..'"] },
    { check: pathSegmentProblems, text: 'a/b%', problems: ["may not contain '/'", "may not contain '%'"] },
    { check: configMapKeyProblems, text: '..data', problems: ["must not start with '..'"] },
    { check: environmentNameProblems, text: 'A B', problems: [] },
    {
      check: environmentNameProblems,
      text: 'A=B',
      problems: ["a valid environment variable name must consist only of printable ASCII characters other than '='"],
    },
    { check: portNameProblems, text: 'http-1', problems: [] },
    {
      check: portNameProblems,
      text: '12--',
      problems: ['must contain at least one letter (a-z)', 'must not contain consecutive hyphens', 'must not begin or end with a hyphen'],
    },
    { check: wildcardSubdomainProblems, text: '*.a.b', problems: [] },
    { check: fullyQualifiedNameProblems, text: 'a.b', problems: ['should be a domain with at least three segments separated by dots'] },
  ];
  for (const { check, text, problems } of cases) it(`"${text.slice(0, 20)}" has ${problems.length} problems`, () => assert.deepEqual(check(text), problems));

  it('checks port numbers', () => assert.deepEqual([portNumberProblems(80), portNumberProblems(0)], [[], ['must be between 1 and 65535, inclusive']]));
  it('lets a prefix end in a dash', () => {
    const check = forNameOrPrefix(dns1123SubdomainProblems);
    assert.deepEqual(check('web-', true), []);
    assert.equal(check('web-', false).length, 1);
  });
});

/** What apimachinery 0.36 says of texts: by check, the texts and the numbers of the messages. */
interface UpstreamCases {
  readonly messages: readonly string[];
  readonly cases: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}
const upstream = JSON.parse(readFileSync(new URL('./names-upstream-cases.json', import.meta.url), 'utf8')) as UpstreamCases;
const checks = names as unknown as Readonly<Record<string, (text: string) => readonly string[]>>;

describe("upstream's checks of names", () => {
  for (const [check, cases] of Object.entries(upstream.cases)) {
    it(`says of a ${check} what upstream says`, () => {
      for (const [text, messages] of Object.entries(cases)) {
        const expected = messages.map((index) => upstream.messages[index]);
        assert.deepEqual(checks[`${check}Problems`]?.(text), expected, JSON.stringify(text));
      }
    });
  }
});
