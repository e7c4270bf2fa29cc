import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestInfo } from './request-info.ts';

const cases = [
  { method: 'GET', url: '/api/v1/namespaces/default/pods', want: 'list ""/v1 pods ns=default name= sub=' },
  { method: 'GET', url: '/api/v1/pods?watch=true', want: 'watch ""/v1 pods ns= name= sub=' },
  { method: 'GET', url: '/api/v1/watch/namespaces/default/pods', want: 'watch ""/v1 pods ns=default name= sub=' },
  { method: 'GET', url: '/api/v1/pods?fieldSelector=metadata.name%3Dweb', want: 'list ""/v1 pods ns= name=web sub=' },
  { method: 'HEAD', url: '/api/v1/namespaces/default/pods/web', want: 'get ""/v1 pods ns=default name=web sub=' },
  { method: 'GET', url: '/api/v1/namespaces/default', want: 'get ""/v1 namespaces ns=default name=default sub=' },
  { method: 'PUT', url: '/api/v1/namespaces/default/finalize', want: 'update ""/v1 namespaces ns=default name=default sub=finalize' },
  { method: 'POST', url: '/apis/apps/v1/namespaces/a/deployments', want: 'create "apps"/v1 deployments ns=a name= sub=' },
  { method: 'PATCH', url: '/apis/apps/v1/namespaces/a/deployments/web/scale', want: 'patch "apps"/v1 deployments ns=a name=web sub=scale' },
  { method: 'DELETE', url: '/api/v1/namespaces/a/pods', want: 'deletecollection ""/v1 pods ns=a name= sub=' },
  { method: 'DELETE', url: '/api/v1/nodes/n1', want: 'delete ""/v1 nodes ns= name=n1 sub=' },
  { method: 'GET', url: '/apis/apps/v1', want: 'path get' },
  { method: 'GET', url: '/healthz', want: 'path get' },
  { method: 'GET', url: '/api/v1/namespaces/a/services/http%3Aweb%3A80/proxy/x/y', want: 'get ""/v1 services ns=a name=http:web:80 sub=proxy rest=/x/y' },
];

describe('request info', () => {
  for (const { method, url, want } of cases) {
    it(`reads ${method} ${url}`, () => {
      const [path = '', query = ''] = url.split('?');
      const info = requestInfo(method, path, new URLSearchParams(query));
      const text = info.isResource
        ? `${info.verb} "${info.group}"/${info.version} ${info.resource} ns=${info.namespace} name=${info.name} sub=${info.subresource}${info.rest ? ` rest=${info.rest}` : ''}`
        : `path ${info.verb}`;
      assert.equal(text, want);
    });
  }

  it('refuses a path that cannot be decoded', () => {
    assert.throws(() => requestInfo('GET', '/api/v1/pods/%zz', new URLSearchParams()), { code: 400 });
  });
});
