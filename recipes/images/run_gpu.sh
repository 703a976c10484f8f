#!/bin/bash
# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
# Train base and upsamplers from a packed folder on a machine without network: bash run_gpu.sh MINUTES OUT
# OUT gets weights of 16 bits in files of at most 15 MiB, CSV figures and a sheet of samples. Environment: DEVICE (cuda),
# BATCH (512), PATCHES (64), BUNDLE (image bundle 0.8 to start from; empty starts anew), RATE (8e-4). A folder `start` with
# files of `recipes.images.pack export` (base_0.pt, base_1.pt, up4_0.pt, up2_0.pt) is gone on from.
set -euo pipefail
minutes=$1 out=$2 here=$(cd "$(dirname "$0")" && pwd)
device=${DEVICE:-cuda} batch=${BATCH:-512} patches=${PATCHES:-64} rate=${RATE:-8e-4} work=${WORK:-$here/work}
bundle=${BUNDLE-$here/../bundles/cxr_image_latent_diffusion}
mkdir -p "$out" "$work/site"
for wheel in "$here"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$work/site"; done
export PYTHONPATH=$here/code:$work/site${PYTHONPATH:+:$PYTHONPATH} PYTHONUNBUFFERED=1
part() { python3 -c "print(f'{$minutes * $1:.2f}')"; }
run() { python3 -m "recipes.images.$@"; }
run pack unpack --folder "$here/data" --output "$work/parts"
inserted=$(cd "$work/parts" && ls -d inserted* | sed "s#^#$work/parts/#" | paste -sd,)
begin=
if ls "$here"/start/base_*.pt > /dev/null 2>&1; then
    run pack join --files "$(ls "$here"/start/base_*.pt | paste -sd,)" --output "$work/begin.pt"
    begin=$work/begin.pt bundle=
fi
[ -d "${bundle:-/nowhere}/models" ] || bundle=
run train_base --parts "$work/parts/films128,$inserted" --output "$work/runs/base" --minutes "$(part 0.6)" \
    --device "$device" --batch "$batch" --learning_rate "$rate" --tail 0.3 --report_every "$(part 0.05)" \
    --bundle "$bundle" --begin "$begin"
upsampler() { # name, scale, part, channels, share of the flow, share of the critic
    common="--parts $work/parts/$3 --output $work/runs/$1 --scale $2 --device $device --batch $patches --channels $4"
    run train_upsampler $common --minutes "$(part "$5")" --tail 0.3 --report_every "$(part 0.02)"
    run train_upsampler $common --minutes "$(part "$6")" --report_every "$(part 0.02)" \
        --adversarial "lite1:$here/trunk_lite1.pt" --learning_rate 6e-4
}
upsampler up4 4 films256 64,128 0.08 0.17
upsampler up2 2 films512 32,64 0.05 0.08
run pack export --runs "$work/runs" --output "$out"
for run in "$work"/runs/*; do for csv in "$run"/*.csv; do cp "$csv" "$out/$(basename "$run").csv"; done; done
files=$work/runs/up4/upsampler.pt,$work/runs/up2/upsampler.pt
run sample --base "$work/runs/base/base_best.pt" --upsampler "$files" --part "$work/parts/films128" --section hold \
    --count "${SHEET:-24}" --output "$work/samples.npz" --sheet "$out/sheet.png" --threads 8
ls -la "$out"
