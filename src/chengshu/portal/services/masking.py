"""What of a party may be public (公示隐名): the kernel's rule, under the portal's name."""

from __future__ import annotations

from chengshu.kernel.privacy_masks import public_name

__all__ = ["public_name"]
