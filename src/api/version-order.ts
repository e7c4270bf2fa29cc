/** Kubernetes' version order, newest first: stable, then beta, then alpha, then names of other forms. */
export function compareVersions(left: string, right: string): number {
  const [leftRank, rightRank] = [rank(left), rank(right)];
  for (const [index, value] of leftRank.entries()) if (value !== rightRank[index]) return rightRank[index]! - value;
  return left < right ? -1 : left > right ? 1 : 0;
}

function rank(version: string): [stability: number, major: number, minor: number] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (!match) return [0, 0, 0];
  return [match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1, Number(match[1]), Number(match[3] ?? 0)];
}
