/** Names that mean something, and names that are wrong in every way there is. */
const usualNames = ['cpu', 'memory', 'hugepages-2Mi', 'nvidia.com/gpu'];
const names = [
  ...usualNames,
  ...['hugepages-1Gi', 'hugepages-big', 'hugepages-500m', 'hugepages-0', 'ephemeral-storage', 'storage', 'pods', 'foo', 'limits.cpu', 'requests.hugepages-2Mi'],
  ...['requests.example.com/x', 'kubernetes.io/x', 'sub.kubernetes.io/y', 'example.com/', '/x', 'x/y/z', 'EXAMPLE.com/x', 'a b', `${'a'.repeat(250)}.io/x`],
];
const amounts = ['1', '2', '0', '-1', '500m', '-500m', '1.5', '100u', '2Mi', '3Mi', '4Mi', '1Gi', '2097151500m'];

/** Pods with resources at every level, many of them refused. The same for the same seed. */
export function randomPods(count: number, seed: number): object[] {
  let state = seed;
  const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  const often = (share: number): boolean => random() < share;
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const one = <T>(items: readonly T[]): T => items[upTo(items.length)]!;
  const several = <T>(length: number, make: () => T): T[] => Array.from({ length }, make);
  const list = (): Record<string, string> => Object.fromEntries(several(upTo(3), () => [one(often(0.7) ? usualNames : names), one(amounts)]));
  const claim = (): object => ({ name: one(['a', 'b', 'c', '']), ...(often(0.5) ? { request: one(['x', 'Y']) } : {}) });
  const resources = (): object => ({
    ...(often(0.7) ? { limits: list() } : {}),
    ...(often(0.6) ? { requests: list() } : {}),
    ...(often(0.15) ? { claims: several(1 + upTo(3), claim) } : {}),
  });
  const container = (name: string): object => ({ name, image: 'web', resources: resources() });
  const spec = (): object => ({
    containers: [container('first'), ...(often(0.3) ? [container('second')] : [])],
    ...(often(0.3) ? { initContainers: [{ ...container('init'), ...(often(0.4) ? { restartPolicy: 'Always' } : {}) }] } : {}),
    ...(often(0.4) ? { resources: resources() } : {}),
    ...(often(0.1) ? { overhead: list() } : {}),
    ...(often(0.05) ? { os: { name: 'windows' } } : {}),
    ...(often(0.4) ? { resourceClaims: ['b', 'a'].map((name) => ({ name, resourceClaimName: name })) } : {}),
  });
  return several(count, () => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default' }, spec: spec() }));
}
