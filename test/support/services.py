"""What a storage service itself says it holds, asked through its vendor's own client.

Reads one JSON object: op, kind, and where the store lies. `look` prints every object with size and SHA-512 of
all its bytes, and what is unfinished; `drop` removes the place and all that is in it."""
import hashlib
import json
import sys

READ = 4 << 20


def found(key, parts):
    size, digest = 0, hashlib.sha512()
    for part in parts:
        size += len(part)
        digest.update(part)
    return {"key": key, "size": size, "sha512": digest.hexdigest()}


class S3:
    def __init__(self, at):
        import boto3
        from botocore.config import Config

        self.bucket = at["bucket"]
        self.client = boto3.client(
            "s3", endpoint_url=at["endpoint"], region_name=at["region_name"], aws_access_key_id=at["access_key"],
            aws_secret_access_key=at["secret_key"], config=Config(s3={"addressing_style": "path"}))

    def pages(self, name, field):
        from botocore.exceptions import ClientError

        try:
            for page in self.client.get_paginator(name).paginate(Bucket=self.bucket):
                yield from page.get(field, [])
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucket":
                raise

    def look(self):
        for each in self.pages("list_objects_v2", "Contents"):
            body = self.client.get_object(Bucket=self.bucket, Key=each["Key"])["Body"]
            yield found(each["Key"], body.iter_chunks(READ))
        for each in self.pages("list_multipart_uploads", "Uploads"):
            yield {"key": each["Key"], "unfinished": True}

    def drop(self):
        for each in list(self.pages("list_multipart_uploads", "Uploads")):
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=each["Key"], UploadId=each["UploadId"])
        for each in list(self.pages("list_objects_v2", "Contents")):
            self.client.delete_object(Bucket=self.bucket, Key=each["Key"])
        try:
            self.client.delete_bucket(Bucket=self.bucket)
        except self.client.exceptions.NoSuchBucket:
            pass


class Rbd:
    """The images of one namespace; a blob is the protected snapshot `snap` of one."""

    def __init__(self, at):
        import rados
        import rbd

        self.rbd, self.namespace = rbd, at["namespace"]
        self.cluster = rados.Rados(conffile=at["ceph_conf"], rados_id=at["user"])
        self.cluster.connect(timeout=30)
        self.pool = self.cluster.open_ioctx(at["pool"])
        self.io = self.cluster.open_ioctx(at["pool"])
        self.io.set_namespace(self.namespace)

    def exists(self):
        return self.rbd.RBD().namespace_exists(self.pool, self.namespace)

    def look(self):
        for name in self.rbd.RBD().list(self.io) if self.exists() else []:
            if name.startswith("."):
                yield {"key": name[1:].rsplit(".", 2)[0], "unfinished": True}
                continue
            with self.rbd.Image(self.io, name, snapshot="snap", read_only=True) as image:
                size = image.size()
                yield found(name, (image.read(at, min(READ, size - at)) for at in range(0, size, READ)))

    def drop(self):
        if not self.exists():
            return
        for name in self.rbd.RBD().list(self.io):
            with self.rbd.Image(self.io, name) as image:
                for snap in list(image.list_snaps()):
                    if image.is_protected_snap(snap["name"]):
                        image.unprotect_snap(snap["name"])
                    image.remove_snap(snap["name"])
            self.remove(name)
        for each in list(self.io.list_objects()):
            if each.key == "parallax-store":
                self.io.remove_object(each.key)
        self.rbd.RBD().namespace_remove(self.pool, self.namespace)

    def remove(self, name):
        """A process that was killed is believed to be alive for half a minute."""
        import time

        for _ in range(60):
            try:
                return self.rbd.RBD().remove(self.io, name)
            except self.rbd.ImageBusy:
                time.sleep(1)
        raise RuntimeError(f"{name} stays busy")


class Swift:
    def __init__(self, at):
        import swiftclient

        self.container = at["container"]
        options = {"auth_version": "1"}
        if "project" in at:
            names = {"project_name": at["project"], "user_domain_name": "Default", "project_domain_name": "Default"}
            options = {"auth_version": "3", "os_options": names | {"region_name": at["region"]}}
        self.client = swiftclient.Connection(authurl=at["auth_url"], user=at["user"], key=at["key"], **options)

    def names(self, container):
        from swiftclient.exceptions import ClientException

        try:
            return [each["name"] for each in self.client.get_container(container, full_listing=True)[1]]
        except ClientException as error:
            if error.http_status == 404:
                return []
            raise

    def look(self):
        for name in self.names(self.container):
            yield found(name, self.client.get_object(self.container, name, resp_chunk_size=READ)[1])
        # KEY/SESSION/INDEX, and .unfinished/KEY/SESSION
        for name in self.names(self.container + "_segments"):
            if name.startswith(".unfinished/"):
                yield {"key": name[len(".unfinished/"):].rsplit("/", 1)[0], "unfinished": True}
            else:
                yield {"key": name.rsplit("/", 2)[0], "segment": True}

    def drop(self):
        from swiftclient.exceptions import ClientException

        for container in (self.container, self.container + "_segments"):
            for name in self.names(container):
                self.client.delete_object(container, name)
            try:
                self.client.delete_container(container)
            except ClientException as error:
                if error.http_status != 404:
                    raise


class Glance:
    """Only the images that this store made: those that carry its marker's uuid."""

    def __init__(self, at):
        from glanceclient import Client
        from keystoneauth1.identity import v3
        from keystoneauth1.session import Session

        auth = v3.Password(auth_url=at["auth_url"], username=at["username"], password=at["password"],
                           project_name=at["project_name"], user_domain_name="Default",
                           project_domain_name="Default")
        self.client = Client("2", session=Session(auth=auth), endpoint_override=at["endpoint"])

    def markers(self):
        filters = {"name": "parallax-store", "os_hidden": True, "visibility": "private"}
        return list(self.client.images.list(filters=filters))

    def images(self):
        ours = {marker.get("parallax_store_uuid") for marker in self.markers()} - {None}
        every = list(self.client.images.list()) + list(self.client.images.list(filters={"os_hidden": True}))
        return [each for each in every if each.get("parallax_store") in ours]

    def look(self):
        for image in self.images():
            if image.status == "active":
                yield found(image.id, self.client.images.data(image.id, do_checksum=False))
            else:
                yield {"key": image.id, "unfinished": True}

    def drop(self):
        for image in self.images() + self.markers():
            self.client.images.delete(image.id)


KINDS = {"s3": S3, "rbd": Rbd, "swift": Swift, "glance": Glance}


def main():
    asked = json.load(sys.stdin)
    service = KINDS[asked["kind"]](asked["at"])
    if asked["op"] == "look":
        json.dump(list(service.look()), sys.stdout)
    else:
        service.drop()


main()
