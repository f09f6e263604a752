"""A bandit with ten arms: preferences that are raised by reward above the running mean, no network at all."""
# Healthy: the surrogate is about zero at every step; the best arm is found.
import torch

torch.manual_seed(305)
means = torch.randn(10)
preferences = torch.zeros(10, requires_grad=True)
optimizer = torch.optim.SGD([preferences], lr=0.5)
baseline = 0.0
for t in range(1, 1501):
    policy = torch.distributions.Categorical(logits=preferences)
    arms = policy.sample((8,))
    rewards = means[arms] + torch.randn(8)
    loss = -(policy.log_prob(arms) * (rewards - baseline)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    baseline += 0.05 * (rewards.mean().item() - baseline)
    if t % 300 == 0:
        print(f"step {t}: mean reward {baseline:.2f}, best arm {means.max():.2f}, chosen {policy.probs[means.argmax()]:.2f}")
