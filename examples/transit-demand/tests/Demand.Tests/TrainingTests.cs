namespace TransitDemand.Tests;

public sealed class TrainingTests
{
    private static readonly Dictionary<Learner, Lazy<DemandModel>> Trained = Enum.GetValues<Learner>()
        .ToDictionary(
            learner => learner,
            learner => new Lazy<DemandModel>(() => DemandModel.Train(learner, Sample.Features, seed: 1))
        );

    [Theory]
    [InlineData(Learner.Ridge, 1.0)]
    [InlineData(Learner.Trees, 0.5)]
    public void A_learner_converges_on_the_days_it_sees(Learner learner, double rmse)
    {
        Assert.InRange(Rmse(Trained[learner].Value.Predict(Sample.Features), Sample.Features), 0, rmse);
    }

    [Theory]
    [InlineData(Learner.Ridge)]
    [InlineData(Learner.Trees)]
    public void A_learner_beats_the_naive_forecast_on_days_it_has_not_seen(Learner learner)
    {
        var past = Sample.Features.Take(409).ToList();
        var recent = Sample.Features.Skip(409).ToList();
        var model = DemandModel.Train(learner, past, seed: 1);
        var naive = Rmse([.. recent.Select(day => day.ClarkLake)], recent);
        Assert.InRange(Rmse(model.Predict(recent), recent), 0, 0.8 * naive);
    }

    [Fact]
    public void The_linear_learner_overfits_a_handful_of_days()
    {
        // Seven days and fifty-odd inputs: what cannot even learn these by heart is broken.
        var week = Sample.Features.Take(7).ToList();
        var model = DemandModel.Train(Learner.Ridge, week, seed: 1);
        Assert.InRange(Rmse(model.Predict(week), week), 0, 0.5);
    }

    [Theory]
    [InlineData(Learner.Ridge)]
    [InlineData(Learner.Trees)]
    public void Equal_days_and_seeds_give_equal_models(Learner learner)
    {
        var first = Trained[learner].Value.Predict(Sample.Features);
        var second = DemandModel.Train(learner, Sample.Features, seed: 1).Predict(Sample.Features);
        Assert.Equal(first, second);
    }

    [Theory]
    [InlineData(Learner.Ridge)]
    [InlineData(Learner.Trees)]
    public void A_prediction_is_a_number_even_for_a_day_unlike_any_other(Learner learner)
    {
        var odd = Sample.Features[0] with { Weekday = "Feast", DayKind = "", WindMax = 406, Temp = -60 };
        Assert.All(
            Trained[learner].Value.Predict([.. Sample.Features, odd]),
            value => Assert.True(float.IsFinite(value))
        );
    }

    private static double Rmse(float[] predicted, IReadOnlyList<DayFeatures> days) =>
        Math.Sqrt(days.Select((day, row) => Math.Pow(predicted[row] - day.Ridership, 2)).Average());
}
