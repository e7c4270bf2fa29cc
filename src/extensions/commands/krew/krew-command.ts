import { defineCommand } from '../../../extension-points/commands/contract.ts';

/** `krew`: the plugin manager, on the same store as the original. */
export const krewCommand = defineCommand({
  name: 'krew',
  short: 'Discover, install and upgrade plugins',
  usage: 'krew',
  long: `Discover, install, upgrade and remove plugins, from the public index of krew and from indexes of your own. Everything is kept in $KREW_ROOT or ~/.krew, laid out as by krew itself: both programs see and manage the same plugins.

Put the folder "bin" of it on your PATH to run what is installed.`,
  answersAlone: true,
  subcommands: [
    { name: 'index', short: 'Manage custom plugin indexes', load: async () => (await import('./commands/index-command.ts')).indexCommand },
    { name: 'info', short: 'Show information about an available plugin', load: async () => (await import('./commands/info-command.ts')).infoCommand },
    { name: 'install', short: 'Install kubectl plugins', load: async () => (await import('./commands/install-command.ts')).installCommand },
    { name: 'list', aliases: ['ls'], short: 'List installed kubectl plugins', load: async () => (await import('./commands/list-command.ts')).listCommand },
    {
      name: 'outdated',
      short: 'List installed plugins with newer versions available',
      load: async () => (await import('./commands/outdated-command.ts')).outdatedCommand,
    },
    {
      name: 'package',
      short: 'Write the archives of a plugin, and its manifest with their sums',
      load: async () => (await import('./commands/package-command.ts')).packageCommand,
    },
    { name: 'pin', short: 'Keep plugins at their version', load: async () => (await import('./commands/pin-command.ts')).pinCommand },
    { name: 'search', short: 'Discover kubectl plugins', load: async () => (await import('./commands/search-command.ts')).searchCommand },
    {
      name: 'uninstall',
      aliases: ['remove', 'rm'],
      short: 'Uninstall plugins',
      load: async () => (await import('./commands/uninstall-command.ts')).uninstallCommand,
    },
    { name: 'unpin', short: 'Let plugins be upgraded again', load: async () => (await import('./commands/pin-command.ts')).unpinCommand },
    { name: 'update', short: 'Update the local copy of the plugin index', load: async () => (await import('./commands/update-command.ts')).updateCommand },
    {
      name: 'upgrade',
      short: 'Upgrade installed plugins to newer versions',
      load: async () => (await import('./commands/upgrade-command.ts')).upgradeCommand,
    },
    { name: 'validate', short: 'Check the manifest of a plugin', load: async () => (await import('./commands/validate-command.ts')).validateCommand },
    { name: 'version', short: 'Show krew version and diagnostics', load: async () => (await import('./commands/version-command.ts')).versionCommand },
  ],
});
