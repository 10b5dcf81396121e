// Kubernetes' own schemas, from the models published on npm. These let unknown fields pass, as does an API server that is not asked
// to be strict: a misspelt field of a manifest would be dropped without a word. A validator reads every field that its schema
// knows, so a field that was never read is one that Kubernetes does not know.
import {
  PodMonitor,
  PrometheusRule,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ClusterRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1';
import { ConfigMap, Pod, Secret, Service, ServiceAccount } from 'kubernetes-models/v1';

const models = {
  ClusterRoleBinding,
  ConfigMap,
  Deployment,
  Ingress,
  NetworkPolicy,
  Pod,
  PodDisruptionBudget,
  PodMonitor,
  PrometheusRule,
  Secret,
  Service,
  ServiceAccount,
  ServiceMonitor,
  StatefulSet,
};

/** A copy of the value that takes the path of each of its fields out of `unread` when the field is read. */
function watched(value: unknown, path: string, unread: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((item, index) => watched(item, `${path}[${index}]`, unread));
  if (typeof value !== 'object' || value === null) return value;
  const copy = {};
  for (const [key, inner] of Object.entries(value)) {
    const at = `${path}.${key}`;
    unread.add(at);
    const watchedInner = watched(inner, at, unread);
    Object.defineProperty(copy, key, {
      enumerable: true,
      get: () => {
        unread.delete(at);
        return watchedInner;
      },
    });
  }
  return copy;
}

/** What Kubernetes would say against the manifest: nothing, if all is well. */
export function complaints(kind: string, manifest: unknown): string[] {
  const model = Object.entries(models).find(([name]) => name === kind)?.[1];
  if (model === undefined) return [`no schema for ${kind}`];
  const unread = new Set<string>();
  try {
    model.prototype.validate.call(watched(manifest, '', unread));
  } catch (error) {
    return [String(error)];
  }
  return [...unread].map(path => `unknown field ${path}`);
}
