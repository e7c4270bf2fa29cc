import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRule, ingressRules, ingressTls } from './ingress-rules.ts';
import { servicePort } from './service-ports.ts';

describe('rules of an ingress', () => {
  it('of one host stand together', () =>
    assert.deepEqual(
      ingressRules(['a.com/x=s:80', 'b.com/*=t:http', 'a.com/y=u:1']).map(({ host, http }) => [host, http.paths.length]),
      [
        ['a.com', 2],
        ['b.com', 1],
      ],
    ));
  it('end with a star for everything that begins so', () =>
    assert.deepEqual(ingressRules(['/p*=s:http'])[0]!.http.paths, [
      { path: '/p', pathType: 'Prefix', backend: { service: { name: 's', port: { name: 'http' } } } },
    ]));
  it('share the certificate of a secret', () =>
    assert.deepEqual(ingressTls(['a.com/=s:1,tls=t', 'b.com/=s:1,tls=t', 'c.com/=s:1']), [{ hosts: ['a.com', 'b.com'], secretName: 't' }]));
  it('have a form', () => assert.throws(() => checkRule('nope'), /rule nope is invalid/));
});

describe('ports of a service', () => {
  it('lead to themselves', () => assert.deepEqual(servicePort('80', 0), { name: '80', port: 80, protocol: 'TCP', targetPort: 80 }));
  it('lead to names', () => assert.equal(servicePort('80:http', 0).targetPort, 'http'));
  it('are numbers of 16 bits', () => assert.throws(() => servicePort('65536', 0), /value out of range/));
});
