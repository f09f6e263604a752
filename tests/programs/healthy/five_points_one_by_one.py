"""A straight line through five points, one point a step in their order, the rate found by hand."""
# Healthy: the line is as good as a line can be; with one point a step the loss is that of five points in turn.
import torch

torch.manual_seed(19)
points = [(1.0, 2.1), (2.0, 3.8), (3.0, 6.3), (4.0, 7.7), (5.0, 10.2)]
line = torch.nn.Linear(1, 1)
criterion = torch.nn.MSELoss()
optimizer = torch.optim.SGD(line.parameters(), lr=0.01)
for epoch in range(200):
    total = 0.0
    for x, y in points:
        prediction = line(torch.tensor([x]))
        loss = criterion(prediction, torch.tensor([y]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch % 50 == 49:
        print(f"epoch {epoch + 1}: mean loss {total / 5:.4f}, slope {line.weight.item():.3f}, intercept {line.bias.item():.3f}")
