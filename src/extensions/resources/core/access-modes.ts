const shortModes: Readonly<Record<string, string>> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };

/** Access modes as kubectl abbreviates them: `RWO,ROX`. */
export const accessModesText = (modes: readonly string[] | undefined): string =>
  ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod']
    .filter((mode) => modes?.includes(mode))
    .map((mode) => shortModes[mode] ?? '')
    .join(',');
