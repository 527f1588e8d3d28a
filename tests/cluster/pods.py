"""Kubernetes objects that the tests make."""

from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]
CONTAINER_RULES = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
POD_RULES = {"runAsNonRoot": True, "runAsUser": 65532, "fsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}}


def namespace(name: str) -> Object:
    """A namespace that takes only pods of the standard `restricted`."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def pod(space: str, name: str, image: str, *, claim: str = "", annotations: Mapping[str, str] | None = None) -> Object:
    """A pod that runs the prober, with the claim's volume at /data."""
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}] if claim else []
    container = {
        "name": "prober",
        "image": image,
        "securityContext": CONTAINER_RULES,
        "env": [{"name": "HOSTNAME", "value": name}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1},
        "volumeMounts": [{"name": "data", "mountPath": "/data"}] if claim else [],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": space, "labels": {"app": name}, "annotations": dict(annotations or {})},
        "spec": {
            "securityContext": POD_RULES,
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 1,
            "containers": [container],
            "volumes": volumes,
        },
    }


def deployment(of: Object) -> Object:
    """One such pod, kept alive by a deployment: Dapr makes names only for these."""
    about = of["metadata"]
    template = {"metadata": {key: about[key] for key in ("labels", "annotations")}, "spec": of["spec"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": about["name"], "namespace": about["namespace"]},
        "spec": {"selector": {"matchLabels": about["labels"]}, "template": template},
    }


def service(space: str, name: str, app: str) -> Object:
    """A service before a pod."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": space},
        "spec": {"selector": {"app": app}, "ports": [{"port": 80, "targetPort": 8080}]},
    }


def ingress(space: str, name: str, host: str) -> Object:
    """A way from outside to that service."""
    backend = {"service": {"name": name, "port": {"number": 80}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": space},
        "spec": {"rules": [{"host": host, "http": {"paths": [path]}}]},
    }


def policy(space: str, name: str, spec: Object) -> Object:
    """A network policy."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": space},
        "spec": spec,
    }


def claim(space: str, name: str) -> Object:
    """A claim that names no class, so that it gets the default one."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "64Mi"}}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": space},
        "spec": spec,
    }
