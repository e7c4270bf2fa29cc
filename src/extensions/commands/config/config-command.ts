import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { deleteCluster, deleteContext, deleteUser, renameContext, useContext } from './change-contexts.ts';
import { setProperty, unsetProperty } from './change-property.ts';
import { setCluster, setContext, setCredentials } from './set-entries.ts';
import { currentContext, getClusters, getContexts, getUsers } from './show-config.ts';
import { viewConfig } from './view-config.ts';

export const configCommand = defineCommand({
  name: 'config',
  short: 'Modify kubeconfig files',
  long: `
    Modify kubeconfig files using subcommands like "$PROGRAM config set current-context my-context".

    Which files:

      1.  --kubeconfig names one file, and no other is read.
      2.  $KUBECONFIG lists files, which are merged. What is changed is changed in the file that has it; what is new goes into the first file that exists, or the last one if none does.
      3.  Otherwise \${HOME}/.kube/config.`,
  usage: 'config SUBCOMMAND',
  subcommands: [
    currentContext,
    deleteCluster,
    deleteContext,
    deleteUser,
    getClusters,
    getContexts,
    getUsers,
    renameContext,
    setProperty,
    setCluster,
    setContext,
    setCredentials,
    unsetProperty,
    useContext,
    viewConfig,
  ],
});
