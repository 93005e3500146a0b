{% if params.precision == "bf16" -%}
import torch


def train(model, optimizer, batches, loss_of, device="cpu"):
    """Your training loop with products in bf16; weights and optimizer stay in f32."""
    for inputs, labels in batches:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, dtype=torch.bfloat16):
            loss = loss_of(model(inputs), labels)
        loss.backward()
        optimizer.step()
{% elif params.precision == "f16" -%}
import torch


def train(model, optimizer, batches, loss_of, device="cpu"):
    """Your training loop with products in f16 and a scaled loss; weights and optimizer stay in f32."""
    scaler = torch.amp.GradScaler(device)
    for inputs, labels in batches:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, dtype=torch.float16):
            loss = loss_of(model(inputs), labels)
        scaler.scale(loss).backward()
        scaler.step(optimizer)  # leaves the step out if a gradient has overflowed
        scaler.update()
{% endif -%}
