/** What this command line is a kubectl of, in the form of `/version`. */
export const clientVersion = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+wherry',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

/** What to say of a server that is more than one minor version away; undefined when it is not. */
export function versionSkewWarning({
  major,
  minor,
  gitVersion,
}: {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
}): string | undefined {
  const served = /^v?(\d+)\.(\d+)/.exec(gitVersion)?.slice(1) ?? [major, minor];
  const [servedMajor, servedMinor] = served.map((part) => Number.parseInt(part, 10)) as [number, number];
  const distance = Math.abs(servedMinor - Number(clientVersion.minor));
  if (servedMajor === Number(clientVersion.major) && distance <= 1) return undefined;
  return `version difference between client (${clientVersion.major}.${clientVersion.minor}) and server (${servedMajor}.${servedMinor}) exceeds the supported minor version skew of +/-1`;
}
