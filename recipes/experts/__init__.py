# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How the experts of the filter and the held-out evaluator are made from real radiographs, one command a step."""
