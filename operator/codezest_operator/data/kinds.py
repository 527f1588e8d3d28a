"""The kinds of objects that the charts render, as the API server names them in its paths."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from lightkube.generic_resource import GenericNamespacedResource, create_namespaced_resource

Resource = type[GenericNamespacedResource]
# Group -> kind -> plural. The operator's rights (charts/operator/templates/rbac.yaml) name the same.
PLURALS = {
    "": {"ConfigMap": "configmaps", "Secret": "secrets", "Service": "services", "ServiceAccount": "serviceaccounts"},
    "apps": {"Deployment": "deployments", "StatefulSet": "statefulsets"},
    "autoscaling": {"HorizontalPodAutoscaler": "horizontalpodautoscalers"},
    "policy": {"PodDisruptionBudget": "poddisruptionbudgets"},
    "networking.k8s.io": {"Ingress": "ingresses", "NetworkPolicy": "networkpolicies"},
    "gateway.networking.k8s.io": {"HTTPRoute": "httproutes"},
    "dapr.io": {"Component": "components", "Configuration": "configurations", "Resiliency": "resiliencies"},
    "monitoring.coreos.com": {
        "PodMonitor": "podmonitors",
        "PrometheusRule": "prometheusrules",
        "ServiceMonitor": "servicemonitors",
    },
}
CODEZEST: Resource = create_namespaced_resource("codezest.dev", "v1alpha1", "CodeZest", "codezests")
LEASE: Resource = create_namespaced_resource("coordination.k8s.io", "v1", "Lease", "leases")
EVENT: Resource = create_namespaced_resource("", "v1", "Event", "events")
POD: Resource = create_namespaced_resource("", "v1", "Pod", "pods")


@cache
def resource_of(api_version: str, kind: str) -> Resource:
    """The resource of a kind. KeyError for one that the charts never render."""
    group, _, version = api_version.rpartition("/")
    return create_namespaced_resource(group, version, kind, PLURALS[group][kind])


def kind_of(manifest: Mapping[str, Any]) -> Resource:
    """The resource of an object."""
    return resource_of(manifest["apiVersion"], manifest["kind"])
