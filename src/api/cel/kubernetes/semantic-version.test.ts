import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSemanticVersion, parseTolerantVersion, SemanticVersion } from './semantic-version.ts';

const parse = (text: string): SemanticVersion => {
  const version = parseSemanticVersion(text);
  assert.ok(version instanceof SemanticVersion, `${version}`);
  return version;
};

describe('a semantic version', () => {
  // The example of semver.org, and numbers that are not in the order of their texts.
  const ascending = [
    '0.9.10',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.9',
    '1.0.10',
    '1.2.0',
    '1.10.0',
    '2.0.0',
  ];

  it('stands in the order of semver.org', () => {
    for (const [at, left] of ascending.entries()) {
      for (const [other, right] of ascending.entries()) assert.equal(parse(left).compareTo(parse(right)), Math.sign(at - other), `${left} ${right}`);
    }
  });

  it('is read back from its own text', () => {
    for (const text of [...ascending, '1.2.3+build.5', '1.2.3-a.1+b', '18446744073709551615.0.0']) assert.equal(parse(text).toString(), text);
  });

  it('is equal to one of another build', () => assert.ok(parse('1.2.3+a').equals(parse('1.2.3+b'))));

  it('may be short, and have zeros and a v in front, when that is asked for', () => {
    for (const [text, normal] of [
      ['v1', '1.0.0'],
      ['1.02', '1.2.0'],
      ['00.0.00', '0.0.0'],
      ['v1.2.3-rc.1', '1.2.3-rc.1'],
    ]) {
      assert.equal(String(parseTolerantVersion(text!)), normal);
    }
    assert.equal(parseTolerantVersion('1.0-rc'), 'short version cannot contain PreRelease/Build meta data');
  });
});
