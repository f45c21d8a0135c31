"""The environment of ``codes``."""

from services.kit.settings import ServiceSettings


class CodesSettings(ServiceSettings):
    """Nothing beyond what every service reads: the keys of person data lie in ``secrets_dir``, and the host that is
    printed on labels is that of ``public_url``.
    """
