# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Pages in the browser of the same machine: what the studio and reader studies have in common."""
