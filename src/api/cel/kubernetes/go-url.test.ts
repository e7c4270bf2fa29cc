import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GoUrl, parseRequestUrl, requestUrlProblem } from './go-url.ts';

const parse = (text: string): GoUrl => {
  const url = parseRequestUrl(text);
  assert.ok(url instanceof GoUrl, `${url}`);
  return url;
};

describe('a URL', () => {
  it('tells its parts', () => {
    const url = parse('HTTPS://user:pa%20ss@Example.com:8443/a%2Fb/c%20d?x=1&y=a+b&x=2#part');
    assert.deepEqual(
      [url.scheme, url.host, url.hostname, url.port, url.escapedPath, Object.fromEntries(url.query)],
      ['https', 'Example.com:8443', 'Example.com', '8443', '/a%2Fb/c%20d', { x: ['1', '2'], y: ['a b'] }],
    );
    assert.equal(url.toString(), 'https://user:pa%20ss@Example.com:8443/a%2Fb/c%20d?x=1&y=a+b&x=2#part');
  });

  it('is equal to another that is written the same once it is normal', () => {
    assert.ok(parse('http://a/b').equals(parse('HTTP://a/b')));
    assert.ok(!parse('http://a/b').equals(parse('http://a/b?')));
  });

  it('has the host of an IPv6 address without brackets', () => {
    assert.deepEqual([parse('http://[::1]:80/').hostname, parse('http://[::1]:80/').host], ['::1', '[::1]:80']);
  });

  it('reads a query of too many parameters as an empty one', () => {
    assert.equal(parse(`/?${'a=b&'.repeat(10_001)}`).query.size, 0);
  });

  const refusals = [
    { text: '', problem: 'parse "": empty url' },
    { text: 'a/b', problem: 'parse "a/b": invalid URI for request' },
    { text: ':a', problem: 'parse ":a": missing protocol scheme' },
    { text: 'http://a b/', problem: 'parse "http://a b/": invalid character " " in host name' },
    { text: 'http://a/%zz', problem: 'parse "http://a/%zz": invalid URL escape "%zz"' },
    { text: 'http://a:b/', problem: 'parse "http://a:b/": invalid port ":b" after host' },
    { text: 'http://[::1', problem: 'parse "http://[::1": missing \']\' in host' },
    { text: 'http://[1.2.3.4]/', problem: 'parse "http://[1.2.3.4]/": invalid IP-literal' },
    { text: '/a\u0000', problem: 'parse "/a\\x00": net/url: invalid control character in URL' },
    { text: 'http://u:p w@h/', problem: 'parse "http://u:p w@h/": net/url: invalid userinfo' },
  ];
  for (const { text, problem } of refusals) it(`is not ${JSON.stringify(text)}: ${problem}`, () => assert.equal(requestUrlProblem(text), problem));
});
