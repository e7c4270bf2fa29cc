import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { programEnvironment } from './run-program.ts';

const module = fileURLToPath(new URL('./pod-network.ts', import.meta.url));
/** What the portmap plugin makes of a mapped port. */
const mapped = `*nat
:CNI-HOSTPORT-DNAT - [0:0]
:CNI-HOSTPORT-MASQ - [0:0]
:CNI-HOSTPORT-SETMARK - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ
-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000
-A CNI-HOSTPORT-DNAT -p tcp -m tcp --dport 7 -j RETURN
COMMIT
`;

/** Runs a shell line in a network namespace of its own, which has the rules at first; answers how many rules and chains of the plugin are there then. */
const rulesAfter = (line: string): number => {
  const script = `echo '${mapped}' | iptables-restore && ${line} && iptables-save -t nat | grep -c CNI-HOSTPORT || true`;
  return Number(execFileSync('unshare', ['--net', 'sh', '-c', script], { encoding: 'utf8', env: programEnvironment(), stdio: ['ignore', 'pipe', 'ignore'] }));
};
const remove = `"${process.execPath}" --input-type=module -e 'await (await import("${module}")).removeIdleHostPortChains()'`;

const canTry = (): boolean => {
  try {
    return rulesAfter('true') > 0;
  } catch {
    return false;
  }
};

describe('chains of host ports', { skip: canTry() ? false : 'needs root, network namespaces and iptables' }, () => {
  it('stay while any port is mapped', () => assert.equal(rulesAfter(remove), rulesAfter('true')));

  it('go with the last port, and the rules that lead to them', () => assert.equal(rulesAfter(`iptables -t nat -F CNI-HOSTPORT-DNAT && ${remove}`), 0));
});
