using Rondo.Data;
using Rondo.Evaluation;
using Rondo.Sdk;

namespace TransitDemand;

/// <summary>The steps of this project: plain methods, which a test can call.</summary>
public static class Steps
{
    /// <summary>Adds what follows from the date.</summary>
    [Step]
    public static Table<DayFeatures> AddCalendar(Table<Day> days) => Table.From(days.Select(DayFeatures.Of));

    /// <summary>Trains a candidate.</summary>
    [Step]
    public static Model Train(Table<DayFeatures> days, Learner learner, StepContext context)
    {
        var model = DemandModel.Train(learner, days, context.Seed);
        var fit = RegressionMetrics.Of([.. days.Select(day => day.Ridership)], model.Predict(days));
        context.Metric("trainRmse", fit.Rmse);
        context.Log(
            $"{learner} on {days.Count} days to {days[^1].Date:yyyy-MM-dd}: RMSE {fit.Rmse:0.00} on these days"
        );
        return model.Save(context, learner, days[^1]);
    }

    /// <summary>Trains as the winner was trained, now with the hold-out: what is released knows the newest days.</summary>
    [Step]
    public static Model Refit(EvaluationReport report, Table<DayFeatures> days, StepContext context) =>
        Train(days, Enum.Parse<Learner>(report.Winner), context);

    /// <summary>What a model says about days that it was not trained on.</summary>
    [Step]
    public static Table<Prediction> Predict(Model model, Table<DayFeatures> days) =>
        Table.From(DemandModel.Open(model).Predict(days).Select(value => new Prediction(value)));

    /// <summary>What anybody could say: as on the same weekday two weeks ago.</summary>
    [Step]
    public static Table<Prediction> PredictNaively(Table<DayFeatures> days) =>
        Table.From(days.Select(day => new Prediction(day.ClarkLake)));
}
