import { authorizerConformance } from '../../../extension-points/authorization/conformance.ts';
import { alwaysAllow } from './always-allow.ts';

const user = { name: 'ann', groups: [] };

authorizerConformance({
  name: 'always-allow',
  create: () => alwaysAllow,
  users: [{ user, namespace: 'default' }],
  samples: [{ attributes: { user, verb: 'get', path: '/metrics' }, kind: 'allow' }],
});
