import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readPluginText } from './read-plugin.ts';
import { isOlder } from './version.ts';

const good = `apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: foo
spec:
  version: v1.0.0
  shortDescription: One line
  platforms:
  - selector: {matchLabels: {os: linux}}
    uri: https://example.com/foo.tar.gz
    sha256: ${'a'.repeat(64)}
    bin: foo
`;

describe('a manifest', () => {
  it('is read when it is good', () => assert.equal(readPluginText(good).spec.platforms?.[0]?.files, null));

  // The complaints are those of krew v0.5.0.
  const cases = [
    {
      name: 'another version of the format',
      from: 'v1alpha2',
      to: 'v1beta1',
      message: /plugin manifest has apiVersion="krew.googlecontainertools.github.com\/v1beta1", not supported/,
    },
    { name: 'another kind', from: 'kind: Plugin', to: 'kind: Pod', message: /plugin manifest has kind="Pod", but only "Plugin" is supported/ },
    { name: 'a name with a dot', from: 'name: foo', to: 'name: foo.bar', message: /the plugin name "foo.bar" is not allowed, must match/ },
    { name: 'a name that Windows keeps', from: 'name: foo', to: 'name: LPT1', message: /the plugin name "LPT1" is not allowed/ },
    { name: 'no description', from: 'One line', to: '""', message: /should have a short description/ },
    { name: 'a description of two lines', from: 'One line', to: '"a\\nb"', message: /should not have line breaks in short description/ },
    { name: 'no platform', from: /platforms:[^]*/, to: 'platforms: []\n', message: /should have a platform specified/ },
    { name: 'no version', from: 'version: v1.0.0\n', to: 'version: ""\n', message: /should have a version specified/ },
    { name: 'a version without v', from: 'v1.0.0', to: '"1.0.0"', message: /failed to parse plugin version: version string "1.0.0" not starting with 'v'/ },
    { name: 'a version of two parts', from: 'v1.0.0', to: 'v1.0', message: /failed to parse plugin version: could not parse "v1.0" as version/ },
    { name: 'no address', from: /uri: .*/, to: 'uri: ""', message: /`uri` has to be set/ },
    { name: 'no sum', from: /sha256: .*/, to: 'sha256: ""', message: /`sha256` sum has to be set/ },
    { name: 'a sum in capitals', from: 'a'.repeat(64), to: 'A'.repeat(64), message: /is not valid, must match pattern \^\[a-f0-9\]\{64\}\$/ },
    { name: 'no executable', from: 'bin: foo', to: 'bin: ""', message: /`bin` has to be set/ },
    { name: 'an empty list of files', from: 'bin: foo', to: 'bin: foo\n    files: []', message: /`files` has to be unspecified or non-empty/ },
    { name: 'files from nowhere', from: 'bin: foo', to: 'bin: foo\n    files: [{to: .}]', message: /`from` field has to be set/ },
    { name: 'files to nowhere', from: 'bin: foo', to: 'bin: foo\n    files: [{from: "*"}]', message: /`to` field has to be set/ },
    { name: 'no selector', from: /- selector: .*\n {4}/, to: '- ', message: /nil selector is not supported/ },
    { name: 'an empty selector', from: '{matchLabels: {os: linux}}', to: '{}', message: /empty selector is not supported/ },
    { name: 'a selector of other labels', from: 'os: linux', to: 'libc: musl', message: /key "libc" not supported/ },
    { name: 'empty labels', from: '{os: linux}', to: '{}', message: /`matchLabels` specified but empty/ },
    { name: 'a number for a version', from: 'v1.0.0', to: '1.0', message: /version string "1" not starting with 'v'/ },
    { name: 'a list for a version', from: 'v1.0.0', to: '[v1]', message: /failed to decode plugin manifest: spec.version must be a string, not a list/ },
    { name: 'platforms that are no list', from: /platforms:[^]*/, to: 'platforms: all\n', message: /spec.platforms must be a list, not a string/ },
    { name: 'a list for a document', from: /[^]*/, to: '- a\n', message: /the document must be an object, not a list/ },
  ];
  for (const { name, from, to, message } of cases) it(`is refused for ${name}`, () => assert.throws(() => readPluginText(good.replace(from, to)), message));
});

it('orders versions as semver does', () => {
  const ascending = ['v0.9.0', 'v1.0.0-alpha', 'v1.0.0-alpha.2', 'v1.0.0-rc.1', 'v1.0.0', 'v1.0.1', 'v1.10.0'];
  for (const [position, version] of ascending.entries())
    for (const [other, text] of ascending.entries()) assert.equal(isOlder(version, text), position < other, `${version} and ${text}`);
});
