/** YAML by the library, for kubeconfigs that `plain-yaml.ts` leaves to it, and for writing: loaded only then. */
export { dump, load } from 'js-yaml';
