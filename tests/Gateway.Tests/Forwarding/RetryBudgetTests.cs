using Microsoft.Extensions.Options;
using Slipway.Gateway.Forwarding;

namespace Slipway.Gateway.Tests.Forwarding;

public sealed class RetryBudgetTests
{
    [Fact]
    public void TryTake_BeyondTheBudget_IsRefusedUntilAnswersHaveRefilledAWholeToken()
    {
        var budget = Budget(tokens: 2, perAnswer: 0.4);
        Assert.Equal((true, true, false), (budget.TryTake(), budget.TryTake(), budget.TryTake()));
        budget.Answered();
        budget.Answered();
        Assert.False(budget.TryTake());
        budget.Answered();
        Assert.Equal((true, false), (budget.TryTake(), budget.TryTake()));
    }

    [Fact]
    public void Answered_WithAFullBudget_AddsNothing()
    {
        var budget = Budget(tokens: 1, perAnswer: 1);
        budget.Answered();
        Assert.Equal(1, budget.Left);
        Assert.Equal((true, false), (budget.TryTake(), budget.TryTake()));
    }

    [Fact]
    public void TryTake_ByManyAtOnce_GivesOutExactlyTheBudget()
    {
        var budget = Budget(tokens: 1000, perAnswer: 0);
        var taken = 0;
        Parallel.For(0, 5000, _ =>
        {
            if (budget.TryTake())
                Interlocked.Increment(ref taken);
        });
        Assert.Equal(1000, taken);
    }

    private static RetryBudget Budget(int tokens, double perAnswer) =>
        new(Options.Create(new GatewayOptions { Retries = { Budget = tokens, BudgetPerAnswer = perAnswer } }));
}
