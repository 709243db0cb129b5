namespace Rondo.Tracking.Rules;

/// <summary>The bounds of what clients send, as MLflow has them.</summary>
internal static class Limits
{
    public const int ExperimentNameMax = 500;
    public const int LocationMax = 2048;
    public const int ParamValueMax = 6000;
    public const int TagValueMax = 8000;
    public const int ExperimentTagValueMax = 5000;
    public const int BatchMetricsMax = 1000;
    public const int BatchParamsMax = 100;
    public const int BatchTagsMax = 100;
    public const int BatchTotalMax = 1000;
    public const int SearchMax = 50_000;
    public const int SearchRunsDefault = 1000;
    public const int SearchExperimentsMax = 10_000;
    public const int HistoryPageMax = 25_000;
    public const int InputsMax = 1000;
    public const int LoggedModelsCharsMax = 1024 * 1024;

    public const int DatasetNameMax = 500;
    public const int DatasetDigestMax = 36;
    public const int DatasetSourceMax = 65_535;
    public const int DatasetSchemaMax = 1_048_575;
    public const int DatasetProfileMax = 16_777_215;
    public const int InputTagKeyMax = 255;
    public const int InputTagValueMax = 500;

    public const int LoggedModelNameMax = 500;
    public const int LoggedModelTypeMax = 500;
    public const int LoggedModelRunMax = 250;
    public const int LoggedModelMessageMax = 1000;
    public const int LoggedModelPairsMax = 1000;
    public const int SearchModelsDefault = 100;
    public const int SearchModelsDatasetsMax = 100;
    public const int OrderItemsMax = 20;

    public const int HistoryRunsMax = 100;
    public const int HistorySampleMax = 2500;
    public const int UploadBytesMax = 10 * 1024 * 1024;
    public const int DatasetsExperimentsMax = 20;
    public const int DatasetSummariesMax = 1000;
}
