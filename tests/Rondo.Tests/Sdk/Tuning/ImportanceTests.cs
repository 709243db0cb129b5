using Rondo.Sdk;

namespace Rondo.Tests.Sdk.Tuning;

/// <summary>Shares of variance of functions of which they are known exactly.</summary>
[Trait("Requirement", "R9")]
public sealed class ImportanceTests
{
    [Fact]
    public async Task Of_a_sum_each_parameter_has_the_share_of_its_own_variance()
    {
        var space = new SearchSpace();
        var x = space.Uniform("x", 0, 1);
        var y = space.Uniform("y", 0, 1);
        space.Uniform("z", 0, 1);

        // Variances 4/12 and 1/12.
        var shares = await SharesAsync(space, trial => (2 * trial.Get(x)) + trial.Get(y));

        Assert.Equal(0.8, shares["x"], 0.06);
        Assert.Equal(0.2, shares["y"], 0.06);
        Assert.InRange(shares["z"], 0, 0.02);
    }

    [Fact]
    public async Task Of_a_choice_it_is_the_variance_of_its_means()
    {
        var space = new SearchSpace();
        var trainer = space.OneOf("trainer", "a", "b", "c");
        var x = space.Uniform("x", 0, 1);

        // The choice: values 0, 0 and 1, variance 2/9. The number: 1/12.
        var shares = await SharesAsync(space, trial => (trial.Get(trainer) == "c" ? 1 : 0) + trial.Get(x));

        var all = (2 / 9.0) + (1 / 12.0);
        Assert.Equal(2 / 9.0 / all, shares["trainer"], 0.06);
        Assert.Equal(1 / 12.0 / all, shares["x"], 0.06);
    }

    [Fact]
    public async Task A_scale_of_magnitudes_counts_by_magnitude()
    {
        var space = new SearchSpace();
        var rate = space.LogUniform("rate", 1e-4, 1);
        var y = space.Uniform("y", 0, 4);

        var shares = await SharesAsync(space, trial => Math.Log10(trial.Get(rate)) + trial.Get(y));

        Assert.Equal(0.5, shares["rate"], 0.06);
        Assert.Equal(0.5, shares["y"], 0.06);
    }

    [Fact]
    public async Task What_parameters_do_together_only_is_the_share_of_none()
    {
        var space = new SearchSpace();
        var x = space.OneOf("x", -1, 1);
        var y = space.OneOf("y", -1, 1);

        var shares = await SharesAsync(space, trial => trial.Get(x) * trial.Get(y));

        Assert.All(shares.Values, share => Assert.InRange(share, 0, 0.05));
    }

    [Fact]
    public async Task The_order_is_the_same_where_the_search_has_looked_more_often()
    {
        var space = new SearchSpace();
        var x = space.Uniform("x", 0, 1);
        var y = space.Uniform("y", 0, 1);
        space.Uniform("z", 0, 1);

        var shares = await SharesAsync(space, trial => (2 * trial.Get(x)) + trial.Get(y), Search.Tpe(200));

        Assert.Equal(["x", "y", "z"], shares.Keys);
        Assert.InRange(shares["x"], 0.6, 1);
    }

    [Fact]
    public async Task A_parameter_without_a_meaning_does_not_take_the_share_of_what_it_depends_on()
    {
        var space = new SearchSpace();
        var trainer = space.OneOf("trainer", "a", "b");
        space.Uniform("trees", 0, 1).When(trainer, "b");

        var shares = await SharesAsync(space, trial => trial.Get(trainer) == "a" ? 1 : 0);

        Assert.InRange(shares["trainer"], 0.95, 1);
        Assert.InRange(shares["trees"], 0, 0.05);
    }

    [Theory]
    [InlineData(1000, 0)]
    [InlineData(1e-7, 0)]
    [InlineData(1, 1e9)]
    [InlineData(-1, -5)]
    public async Task Neither_the_unit_of_the_values_nor_their_zero_matters(double unit, double zero)
    {
        var space = new SearchSpace();
        var x = space.Uniform("x", 0, 1);
        var y = space.Uniform("y", 0, 1);
        double Value(Trial trial) => (2 * trial.Get(x)) + trial.Get(y);

        var shares = await SharesAsync(space, Value);
        var others = await SharesAsync(space, trial => (unit * Value(trial)) + zero);

        // Rounding decides between splits that are equally good.
        Assert.Equal(shares["x"], others["x"], 0.01);
        Assert.Equal(shares["y"], others["y"], 0.01);
    }

    [Theory]
    [InlineData(1e12)]
    [InlineData(-1e12)]
    public async Task A_trial_that_diverged_does_not_make_all_the_variance(double diverged)
    {
        var space = new SearchSpace();
        var x = space.Uniform("x", 0, 1);
        var y = space.Uniform("y", 0, 1);
        double Value(Trial trial) => trial.Number == 7 ? diverged : (2 * trial.Get(x)) + trial.Get(y);

        var shares = await SharesAsync(space, Value);
        var few = await SharesAsync(space, Value, Search.Random(40));

        Assert.Equal(0.8, shares["x"], 0.08);
        Assert.Equal(0.2, shares["y"], 0.08);
        Assert.Equal(["x", "y"], few.Keys);
        Assert.InRange(few["x"], 0.5, 1);
    }

    [Fact]
    public async Task What_one_trial_in_five_gives_is_a_part_of_the_picture_however_far_from_the_others()
    {
        var space = new SearchSpace();
        var trainer = space.OneOf("trainer", "a", "b", "c", "d", "e");
        var x = space.Uniform("x", 0, 1);

        var shares = await SharesAsync(space, trial => (trial.Get(trainer) == "a" ? 1000 : 0) + trial.Get(x));

        Assert.InRange(shares["trainer"], 0.95, 1);
    }

    [Fact]
    public async Task Of_few_trials_and_of_equal_ones_nothing_is_said()
    {
        var space = new SearchSpace();
        var x = space.Uniform("x", 0, 1);

        Assert.Empty(await SharesAsync(space, trial => trial.Get(x), Search.Random(5)));
        Assert.Empty(await SharesAsync(space, _ => 3, Search.Random(50)));
    }

    private static async Task<Dictionary<string, double>> SharesAsync(
        SearchSpace space,
        Func<Trial, double> value,
        Search? search = null
    )
    {
        var report = await Sweep.RunAsync(
            space,
            (search ?? Search.Random(400)) with
            {
                Parallel = 1,
            },
            trial => Task.FromResult(value(trial)),
            cancellation: TestContext.Current.CancellationToken
        );
        Assert.Equal(report.Importance.OrderByDescending(one => one.Share), report.Importance);
        return report.Importance.ToDictionary(one => one.Parameter, one => one.Share);
    }
}
