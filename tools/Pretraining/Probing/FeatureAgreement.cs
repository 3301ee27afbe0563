namespace ConvNeXt.Pretraining.Probing;

/// <summary>Sums over pictures of one feature, the student's and the teacher's.</summary>
internal struct FeatureAgreement
{
    private double _count, _output, _target, _outputs, _targets, _products;

    /// <summary>Mean squared error.</summary>
    public readonly double SquaredError => (_outputs - (2 * _products) + _targets) / _count;

    /// <summary>Variance of the teacher's feature.</summary>
    public readonly double Variance => Covariance(_targets, _target, _target);

    /// <summary>Variance that is left after the best scale and offset of the student's.</summary>
    public readonly double Unexplained
    {
        get
        {
            double covariance = Covariance(_products, _output, _target), variance = Covariance(_outputs, _output, _output);
            return variance > 0 ? Variance - (covariance * covariance / variance) : Variance;
        }
    }

    /// <summary>Adds a picture.</summary>
    public void Add(double output, double target)
    {
        _count++;
        _output += output;
        _target += target;
        _outputs += output * output;
        _targets += target * target;
        _products += output * target;
    }

    private readonly double Covariance(double products, double first, double second) => (products - (first * second / _count)) / _count;
}
